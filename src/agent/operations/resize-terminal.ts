import type { TerminalSize } from "../container/plan-input.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import type { ProcessName } from "../sandbox/early-streams.js";

/** Sets the window size of a process that has a terminal. */
export function resizeTerminal(
  sandbox: Sandbox,
  request: { readonly process: ProcessName; readonly size: TerminalSize },
): void {
  const { process, size } = request;
  sandbox.container(process.containerId).process("resize", process.execId).resize(size.columns, size.rows);
}
