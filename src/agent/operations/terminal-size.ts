import type { Process } from "../../oci/process.js";
import type { TerminalSize } from "../container/plan-input.js";

/** The size that a terminal starts with: the caller's, else config.json's, else the kernel's. */
export function terminalSize(asked: TerminalSize | undefined, process: Process | undefined): TerminalSize {
  const { columns = 0, rows = 0, plainNewlines = false } = asked ?? {};
  if (columns > 0 && rows > 0) return { columns, rows, plainNewlines };
  const { width = 0, height = 0 } = process?.consoleSize ?? {};
  return { columns: width, rows: height, plainNewlines };
}
