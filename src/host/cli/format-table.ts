/**
 * A table in columns, the last one ragged; each line ends with a line feed.
 *
 * @param rows the heading first
 * @param minimumWidth of a column with its gap, in characters
 * @param gap spaces between a column's longest cell and the next column
 */
export function formatTable(rows: readonly (readonly string[])[], minimumWidth = 0, gap = 3): string {
  const widths = (rows[0] ?? []).map((_heading, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? "").length + gap), minimumWidth),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join(""),
  );
  return lines.map((line) => `${line}\n`).join("");
}
