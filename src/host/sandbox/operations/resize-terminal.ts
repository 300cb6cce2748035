import type { ResizeParams } from "../control-protocol.js";
import type { Sandbox } from "../sandbox.js";

/** Sets the window size of a process that has a terminal (ioctl_tty(2), TIOCSWINSZ). */
export async function resizeTerminal(
  sandbox: Sandbox,
  { containerId, execId, columns, rows }: ResizeParams,
  signal?: AbortSignal,
): Promise<object> {
  const request = { process: { containerId, execId }, size: { columns, rows } };
  await sandbox.callAgent("resize the terminal", (agent, options) => agent.resizeTerminal(request, options), signal);
  return {};
}
