import { sumsText } from "./counts.js";
import { exitStatus } from "./exit-status.js";
import { htmlLine, htmlText } from "./html/html-text.js";
import { measurementChart } from "./html/measurement-chart.js";
import { hostOverview } from "./html/overview.js";
import { STYLE } from "./html/style.js";
import { testMatrix } from "./html/test-matrix.js";
import type { LabReport, TestReport } from "./lab-report.js";
import { comparisonsOf, groupsOf, type PlacedRow, placedRows } from "./report-rows.js";

/** A test whose detail is told, and the id of the element that does so. */
interface Told {
  readonly id: string;
  readonly test: TestReport;
  readonly label: string;
}

/** Nothing is loaded and no script is run, whatever the texts of hosts and tests say. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * A report as one page of HTML that needs nothing else: hosts with what was
 * found of them, failed tests with their details, charts of what was measured,
 * each test by each row, and why tests were skipped.
 */
export function htmlPage(report: LabReport): string {
  const rows = placedRows(report);
  const groups = groupsOf(rows);
  const failed = told(rows, "failed");
  const skipped = told(rows, "skipped");
  const ids = new Map([...failed, ...skipped].map(({ test, id }) => [test, id]));
  const verdict = exitStatus(report) === 0 ? "passed" : "failed";
  const title = htmlLine(`tskata ${report.version} lab: ${verdict}`);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1 class="${verdict}">${title}</h1>`,
    `<p>${htmlLine(sumsText(report))} <span class="soft">${htmlLine(report.startedAt)}</span></p>`,
    ...section(
      "Hosts",
      report.hosts.map((host) => hostOverview(host, groups)),
    ),
    ...section("Failed", failed.map(failure)),
    ...section("Measured", comparisonsOf(rows).map(measurementChart)),
    ...section(
      "Tests",
      groups.map((group) => testMatrix(group, rows, (test) => ids.get(test))),
    ),
    ...section("Skipped", skipped.map(skip)),
    "</body>",
    "</html>\n",
  ].join("\n");
}

function section(heading: string, parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : ["<section>", `<h2>${heading}</h2>`, ...parts, "</section>"];
}

/** Tests of an outcome that have something to tell; one that failed always has. */
function told(rows: readonly PlacedRow[], outcome: "failed" | "skipped"): Told[] {
  return rows
    .flatMap(({ row, label }) => row.tests.map((test) => ({ test, label })))
    .filter(({ test }) => test.outcome === outcome && (outcome === "failed" || test.detail !== undefined))
    .map((each, index) => ({ ...each, id: `${outcome}-${index + 1}` }));
}

function failure({ id, test, label }: Told): string {
  return [
    `<article id="${id}">`,
    `<h3 class="failed">${testName(test)} <span class="soft">${htmlLine(label)}</span></h3>`,
    `<pre>${htmlText(test.detail ?? "no details")}</pre>`,
    "</article>",
  ].join("\n");
}

function skip({ id, test, label }: Told): string {
  const reason = htmlLine(test.detail ?? "");
  return `<p id="${id}"><span class="skipped">${testName(test)}</span> <span class="soft">${htmlLine(label)}</span>: ${reason}</p>`;
}

function testName({ group, name }: TestReport): string {
  return htmlLine(`${group} > ${name}`);
}
