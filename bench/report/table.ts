import { digits } from "../../src/common/report/digits.js";
import { type Figure, figuresOf, type Row, RUNTIME_NAMES } from "../figure.js";

/** Of a cell whose promise isn't kept. */
const MISSED = "!";
const NOTHING = "-";

/** The medians: a line for each row, a column for each runtime that any of them has. */
export function table(rows: readonly Row[]): string {
  const figures = rows.map(figuresOf);
  const columns = RUNTIME_NAMES.filter((name) => figures.flat().some(({ runtime }) => runtime === name));
  const lines = rows.map(({ name, unit }, index) => {
    const cells = columns.map((column) => cell(figures[index]?.find(({ runtime }) => runtime === column)));
    return [name, unit, ...cells];
  });
  return aligned([["", "", ...columns], ...lines]);
}

/** What is promised, what was found, and what isn't kept: a line for each promise. */
export function promises(rows: readonly Row[]): string {
  return rows
    .flatMap(figuresOf)
    .flatMap((figure) => (figure.limit === undefined ? [] : [promiseLine(figure, figure.limit)]))
    .join("\n");
}

function promiseLine(figure: Figure, { bound, value, goal }: NonNullable<Figure["limit"]>): string {
  const { row, runtime, unit, kept } = figure;
  const found = `${digits(figure.median)} ${unit} (${digits(figure.least)} to ${digits(figure.most)})`;
  const aim = goal === undefined ? "" : `, goal ${goal}`;
  return `${row}, ${runtime}: ${found}; promised: ${bound} ${value}${aim}${kept ? "" : ", NOT KEPT"}`;
}

function cell(figure: Figure | undefined): string {
  return figure === undefined ? NOTHING : `${digits(figure.median)}${figure.kept ? "" : MISSED}`;
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => (column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
