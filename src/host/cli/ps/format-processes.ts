import type { GuestProcessRow } from "../../sandbox/control-protocol.js";
import type { PsView } from "./parse-ps-options.js";

/**
 * The processes as ps(1) prints them.
 *
 * @param nowMs milliseconds since the epoch, for the columns about time
 */
export function formatProcesses(
  rows: readonly GuestProcessRow[],
  { columns, headings }: PsView,
  nowMs: number,
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row, nowMs)));
  const withHeadings = headings && columns.some(({ heading }) => heading !== "");
  const lines = withHeadings ? [columns.map(({ heading }) => heading), ...cells] : cells;
  const widths = columns.map((_column, index) => Math.max(0, ...lines.map((line) => line[index]?.length ?? 0)));
  const format = (line: readonly string[]): string =>
    line
      .map((cell, index) => {
        if (columns[index]?.right === true) return cell.padStart(widths[index] ?? 0);
        return index === line.length - 1 ? cell : cell.padEnd(widths[index] ?? 0);
      })
      .join(" ");
  return lines.map((line) => `${format(line)}\n`).join("");
}
