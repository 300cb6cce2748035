import { escapeXml } from "../../common/report/escape-xml.js";
import { countOutcomes } from "./counts.js";
import type { HostReport, LabReport, RowReport, TestReport } from "./lab-report.js";
import { plainText } from "./plain-text.js";
import { placedRows } from "./report-rows.js";

/** A testsuite. */
interface Suite {
  readonly name: string;
  readonly host: HostReport;
  readonly tests: readonly TestReport[];
  readonly durationMs: number;
  /** Names and values. */
  readonly properties: readonly (readonly [string, string])[];
}

/** Class names of JUnit are what viewers tell tests apart by, together with the name. */
const CLASS_SEPARATOR = " / ";

/**
 * A report as JUnit XML, as CI servers read it: a testsuite for each host and
 * row, a testcase for each test. A row that the host can't run is one skipped
 * test; a failure of the host, one failed test in a testsuite of its own.
 * Facts of the host and measurements are properties.
 */
export function junitText(report: LabReport): string {
  const suites = [
    ...report.hosts.flatMap(hostSuite),
    ...placedRows(report).map(({ host, row }) => rowSuite(host, row)),
  ];
  const totalMs = report.hosts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const sums = countAttributes(suites.flatMap(({ tests }) => tests));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: `tskata ${report.version} lab`, ...sums, time: seconds(totalMs) })}>`,
    ...suites.flatMap((suite) => suiteLines(suite, report.startedAt)),
    "</testsuites>\n",
  ].join("\n");
}

function hostSuite(host: HostReport): Suite[] {
  if (host.failure === undefined) return [];
  const test = { group: "host", name: "can be tried", outcome: "failed", durationMs: 0, detail: host.failure } as const;
  return [{ name: host.name, host, tests: [test], durationMs: 0, properties: [] }];
}

function rowSuite(host: HostReport, row: RowReport): Suite {
  const absence = { group: "row", name: "can be run", outcome: "skipped", durationMs: row.durationMs } as const;
  return {
    name: `${host.name}${CLASS_SEPARATOR}${row.name}`,
    host,
    tests: row.absent === undefined ? row.tests : [{ ...absence, detail: row.absent }],
    durationMs: row.durationMs,
    properties: row.measurements.map(({ name, unit, values }) => [`${name} (${unit})`, values.join(" ")]),
  };
}

function suiteLines({ name, host, tests, durationMs, properties }: Suite, startedAt: string): string[] {
  const opening = {
    name,
    hostname: host.name,
    timestamp: startedAt,
    ...countAttributes(tests),
    time: seconds(durationMs),
  };
  const all = [...Object.entries(host.facts), ...properties];
  const propertyLines = all.map(([key, value]) => `      <property ${attributes({ name: key, value })}/>`);
  return [
    `  <testsuite ${attributes(opening)}>`,
    ...(all.length === 0 ? [] : ["    <properties>", ...propertyLines, "    </properties>"]),
    ...tests.flatMap((test) => caseLines(test, name)),
    "  </testsuite>",
  ];
}

function caseLines({ group, name, outcome, durationMs, detail }: TestReport, suite: string): string[] {
  const classname = `${suite}${CLASS_SEPARATOR}${group}`;
  const opening = `    <testcase ${attributes({ classname, name, time: seconds(durationMs) })}`;
  if (outcome === "passed") return [`${opening}/>`];
  const text = plainText(detail ?? "no details");
  const [firstLine = ""] = text.split("\n");
  const element =
    outcome === "failed"
      ? `<failure ${attributes({ message: firstLine })}>${escapeXml(text)}</failure>`
      : `<skipped ${attributes({ message: text })}/>`;
  return [`${opening}>`, `      ${element}`, "    </testcase>"];
}

function countAttributes(tests: readonly TestReport[]): Record<string, string> {
  const { failed, skipped } = countOutcomes(tests);
  return { tests: String(tests.length), failures: String(failed), errors: "0", skipped: String(skipped) };
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${attributeText(value)}"`)
    .join(" ");
}

/** White space in an attribute is read as spaces unless it is written as references (XML 1.0, section 3.3.3). */
function attributeText(value: string): string {
  return escapeXml(value).replaceAll(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
