import { TskataError } from "../../../common/error.js";
import type { ControlMethods } from "../control-protocol.js";
import { joinProcessStreams } from "../process-streams.js";
import type { Sandbox } from "../sandbox.js";

/** Joins a monitor's terminal with the debug console of the guest, where the sandbox was booted with one. */
export async function openConsole(
  sandbox: Sandbox,
  params: ControlMethods["console"]["params"],
  signal: AbortSignal,
): Promise<object> {
  const { containerId, token } = params;
  sandbox.container(containerId);
  if (!sandbox.consoleAllowed) {
    throw new TskataError(
      "permission",
      `console ${containerId}: the sandbox was booted without one; set debug.console = true before it is created`,
    );
  }
  const monitor = await sandbox.adoptMonitor(token, { kind: "console" }, signal);
  try {
    const streams = { terminal: true, preservedFds: [] };
    const joining = joinProcessStreams(sandbox.stdio, token, streams, sandbox.consoleStream(), signal);
    const { drained } = await joining.joined;
    monitor.begin();
    void drained.then(() => monitor.exit(0));
  } catch (error) {
    monitor.failed();
    throw error;
  }
  return {};
}
