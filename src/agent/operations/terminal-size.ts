import type { Process } from "../../oci/process.js";
import type { TerminalSize } from "../container/plan-input.js";

/** The size that a terminal starts with: the caller's, else config.json's, else the kernel's. */
export function terminalSize(asked: TerminalSize | undefined, process: Process | undefined): TerminalSize {
  if (asked !== undefined && asked.columns > 0 && asked.rows > 0) return { columns: asked.columns, rows: asked.rows };
  const { width = 0, height = 0 } = process?.consoleSize ?? {};
  return { columns: width, rows: height };
}
