import { digits } from "../../common/report/digits.js";
import { median } from "../../common/report/median.js";
import type { HostReport, LabReport, Measurement, RowReport } from "./lab-report.js";

/** A row, with the host that it is of. */
export interface PlacedRow {
  readonly host: HostReport;
  readonly row: RowReport;
  /** Of both, for people. */
  readonly label: string;
}

/** What was measured in a row. */
export interface Figure {
  readonly label: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** How many values there are. */
  readonly count: number;
}

/** Something that was measured, in all rows where it was. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly figures: readonly Figure[];
}

/** All rows, in the order of the hosts. */
export function placedRows({ hosts }: LabReport): PlacedRow[] {
  return hosts.flatMap((host) => host.rows.map((row) => ({ host, row, label: `${host.name}, ${row.name}` })));
}

/** The groups of all tests, in the order in which they first come. */
export function groupsOf(rows: readonly PlacedRow[]): string[] {
  return [...new Set(rows.flatMap(({ row }) => row.tests.map(({ group }) => group)))];
}

/** What was measured, each with a figure for every row that has values of it. */
export function comparisonsOf(rows: readonly PlacedRow[]): Comparison[] {
  const byKey = new Map<string, { name: string; unit: string; figures: Figure[] }>();
  for (const { row, label } of rows) {
    for (const measurement of row.measurements.filter(({ values }) => values.length > 0)) {
      const { name, unit } = measurement;
      const key = JSON.stringify([name, unit]);
      const comparison = byKey.get(key) ?? { name, unit, figures: [] };
      byKey.set(key, comparison);
      comparison.figures.push(figureOf(label, measurement));
    }
  }
  return [...byKey.values()];
}

/** The least and the most of a figure: `99.0 to 140`. */
export function rangeText({ least, most }: Figure): string {
  return `${digits(least)} to ${digits(most)}`;
}

function figureOf(label: string, { values }: Measurement): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  return { label, median: median(sorted), least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0, count: sorted.length };
}
