import { digits } from "../../common/report/digits.js";
import type { Paint } from "./paint.js";
import { plainLine } from "./plain-text.js";
import { type Comparison, rangeText } from "./report-rows.js";
import { fitted, padLeft, padRight } from "./text-columns.js";

const GAP = "  ";
const NO_RANGE = "-";
const HEADINGS = ["median", "least to most", "values"] as const;

/**
 * What was measured, for a terminal: a line for each row below the name and
 * the unit of it; no lines where nothing was.
 *
 * @param columns characters of a line at most
 */
export function measurementLines(comparisons: readonly Comparison[], columns: number, paint: Paint): string[] {
  if (comparisons.length === 0) return [];
  const blocks = comparisons.map(({ name, unit, figures }) => ({
    title: plainLine(`${name} (${unit})`),
    figures: figures.map((figure) => ({
      label: `  ${plainLine(figure.label)}`,
      cells: [digits(figure.median), figure.count === 1 ? NO_RANGE : rangeText(figure), String(figure.count)],
    })),
  }));
  const lines = blocks.flatMap(({ figures }) => figures);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...lines.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const room = columns - widths.reduce((sum, width) => sum + GAP.length + width, 0);
  const labels = ["measured", ...blocks.map(({ title }) => title), ...lines.map(({ label }) => label)];
  const labelWidth = Math.min(room, Math.max(...labels.map((label) => [...label].length)));
  const joined = (cells: readonly string[]): string =>
    cells.map((cell, column) => GAP + padLeft(cell, widths[column] ?? 0)).join("");
  const line = (label: string, cells: readonly string[]): string =>
    fitted(padRight(fitted(label, labelWidth), labelWidth) + joined(cells), columns);
  return [
    paint("bold", line("measured", HEADINGS)),
    ...blocks.flatMap(({ title, figures }) => [
      fitted(title, columns),
      ...figures.map(({ label, cells }) => line(label, cells)),
    ]),
  ];
}
