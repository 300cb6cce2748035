import type { TerminalSize } from "../container/plan-input.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import type { ProcessRef } from "./wait-process.js";

/** Sets the window size of a process that has a terminal. */
export function resizeTerminal(
  sandbox: Sandbox,
  request: { readonly process: ProcessRef; readonly size: TerminalSize },
): void {
  const { process, size } = request;
  sandbox.container(process.containerId).process("resize", process.execId).resize(size.columns, size.rows);
}
