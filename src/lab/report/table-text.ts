import { sumsText } from "./counts.js";
import type { LabReport } from "./lab-report.js";
import { matrixParts } from "./matrix-lines.js";
import { measurementLines } from "./measurement-lines.js";
import { type Paint, painter } from "./paint.js";
import { plainLine, plainText } from "./plain-text.js";
import { comparisonsOf, groupsOf, type PlacedRow, placedRows } from "./report-rows.js";
import { wrapped } from "./text-columns.js";

/** How the table is written. */
export interface TableOptions {
  /** Characters of a line; 100 unless given, 60 at least. */
  readonly columns?: number;
  /** Whether it has colours; none unless asked for. */
  readonly colours?: boolean;
}

const COLUMNS = { usual: 100, least: 60 } as const;
const MAX_DETAIL_LINES = 40;

/**
 * A report for a terminal, ending with a line feed: hosts and rows by groups
 * of tests, what was measured, each failed test with the first 40 lines of its
 * detail, and each row that a host can't run with the reason. Control
 * characters of what hosts have said are left out.
 */
export function tableText(report: LabReport, options: TableOptions = {}): string {
  const columns = Math.max(COLUMNS.least, options.columns ?? COLUMNS.usual);
  const paint = painter(options.colours === true);
  const rows = placedRows(report);
  const sections = [
    wrapped(plainLine(`tskata ${report.version}, ${report.startedAt}: ${sumsText(report)}`), columns),
    ...matrixParts(report.hosts, groupsOf(rows), columns, paint),
    measurementLines(comparisonsOf(rows), columns, paint),
    failureLines(report, rows, columns, paint),
    absenceLines(rows, columns, paint),
  ];
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`);
  return texts.join("\n");
}

function failureLines(report: LabReport, rows: readonly PlacedRow[], columns: number, paint: Paint): string[] {
  const ofHosts = report.hosts.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [[name, failure] as const],
  );
  const ofTests = rows.flatMap(({ row, label }) =>
    row.tests
      .filter(({ outcome }) => outcome === "failed")
      .map(({ group, name, detail }) => [`${label}: ${group} > ${name}`, detail ?? "no details"] as const),
  );
  const failures = [...ofHosts, ...ofTests].flatMap(([heading, detail]) => [
    ...wrapped(`  ${plainLine(heading)}`, columns).map((line) => paint("red", line)),
    ...detailLines(detail, columns),
  ]);
  return failures.length === 0 ? [] : [paint("bold", "failed"), ...failures];
}

function detailLines(detail: string, columns: number): string[] {
  const indentation = " ".repeat(6);
  const lines = wrapped(plainText(detail).trimEnd(), columns - indentation.length);
  const more = lines.length - MAX_DETAIL_LINES;
  const shown = more > 0 ? [...lines.slice(0, MAX_DETAIL_LINES), `... ${more} more lines`] : lines;
  return shown.map((line) => (indentation + line).trimEnd());
}

function absenceLines(rows: readonly PlacedRow[], columns: number, paint: Paint): string[] {
  const absences = rows.flatMap(({ row, label }) =>
    row.absent === undefined ? [] : wrapped(`  ${plainLine(`${label}: ${row.absent}`)}`, columns),
  );
  return absences.length === 0 ? [] : [paint("bold", "absent"), ...absences];
}
