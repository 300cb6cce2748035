import { countOutcomes } from "../counts.js";
import { durationText } from "../duration-text.js";
import type { HostReport, RowReport, TestReport } from "../lab-report.js";
import { htmlLine, htmlText } from "./html-text.js";

/** What was found of a host, why it failed where it did, and its rows by groups of tests. */
export function hostOverview(host: HostReport, groups: readonly string[]): string {
  const facts = Object.entries(host.facts).map(
    ([name, text]) => `<dt>${htmlLine(name)}</dt><dd>${htmlLine(text)}</dd>`,
  );
  const headings = [...groups, "time"].map((heading) => `<th scope="col">${htmlLine(heading)}</th>`);
  return [
    `<h3>${htmlLine(host.name)} <span class="soft">${durationText(host.durationMs)}</span></h3>`,
    ...(facts.length === 0 ? [] : [`<dl>${facts.join("")}</dl>`]),
    ...(host.failure === undefined ? [] : ['<p class="failed">failed</p>', `<pre>${htmlText(host.failure)}</pre>`]),
    ...(host.rows.length === 0
      ? []
      : [
          '<div class="wide"><table>',
          `<thead><tr><th scope="col">row</th>${headings.join("")}</tr></thead>`,
          `<tbody>${host.rows.map((row) => rowLine(row, groups)).join("\n")}</tbody>`,
          "</table></div>",
        ]),
  ].join("\n");
}

function rowLine({ name, absent, tests, durationMs }: RowReport, groups: readonly string[]): string {
  const heading = `<th scope="row">${htmlLine(name)}</th>`;
  if (absent !== undefined) {
    return `<tr>${heading}<td class="absent soft" colspan="${groups.length + 1}">absent: ${htmlLine(absent)}</td></tr>`;
  }
  const cells = groups.map((group) => `<td>${countsText(tests.filter((test) => test.group === group))}</td>`);
  return `<tr>${heading}${cells.join("")}<td>${durationText(durationMs)}</td></tr>`;
}

function countsText(tests: readonly TestReport[]): string {
  const counted = Object.entries(countOutcomes(tests)).filter(([, count]) => count > 0);
  return counted.map(([outcome, count]) => `<span class="${outcome}">${count} ${outcome}</span>`).join("<br>") || "–";
}
