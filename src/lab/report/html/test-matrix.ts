import type { TestReport } from "../lab-report.js";
import type { PlacedRow } from "../report-rows.js";
import { htmlLine } from "./html-text.js";

const MARKS: Readonly<Record<TestReport["outcome"], string>> = { passed: "✓", failed: "✗", skipped: "–" };

/**
 * A table of one group: each of its tests by each of the rows. What failed or
 * was skipped is a link to where its detail is.
 *
 * @param rows without those that are absent
 * @param idOf gives the id of the element with a test's detail
 */
export function testMatrix(
  group: string,
  rows: readonly PlacedRow[],
  idOf: (test: TestReport) => string | undefined,
): string {
  const columns = rows
    .map(({ host, row }) => ({ host, row, byName: byName(row.tests.filter((test) => test.group === group)) }))
    .filter((column) => column.byName.size > 0);
  const names = [...new Set(columns.flatMap((column) => [...column.byName.keys()]))];
  const hosts = [...new Set(columns.map(({ host }) => host))];
  const hostHeadings = hosts.map((host) => {
    const span = columns.filter((column) => column.host === host).length;
    return `<th scope="colgroup" colspan="${span}" class="soft">${htmlLine(host.name)}</th>`;
  });
  const headings = columns.map(({ row }) => `<th scope="col">${htmlLine(row.name)}</th>`);
  const lines = names.map((name) => {
    const cells = columns.map(
      (column) => `<td>${(column.byName.get(name) ?? []).map((test) => mark(test, idOf(test))).join(" ")}</td>`,
    );
    return `<tr><th scope="row">${htmlLine(name)}</th>${cells.join("")}</tr>`;
  });
  return [
    `<h3>${htmlLine(group)}</h3>`,
    '<div class="wide"><table>',
    `<thead><tr><th scope="col" rowspan="2">test</th>${hostHeadings.join("")}</tr>`,
    `<tr>${headings.join("")}</tr></thead>`,
    "<tbody>",
    ...lines,
    "</tbody>",
    "</table></div>",
  ].join("\n");
}

/** Several tests of a group may have the same name. */
function byName(tests: readonly TestReport[]): Map<string, TestReport[]> {
  const map = new Map<string, TestReport[]>();
  for (const test of tests) map.set(test.name, [...(map.get(test.name) ?? []), test]);
  return map;
}

function mark({ outcome }: TestReport, id: string | undefined): string {
  const text = `<span role="img" aria-label="${outcome}" title="${outcome}">${MARKS[outcome]}</span>`;
  return id === undefined
    ? `<span class="${outcome}">${text}</span>`
    : `<a class="${outcome}" href="#${id}">${text}</a>`;
}
