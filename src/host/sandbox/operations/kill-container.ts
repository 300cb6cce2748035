import type { ControlMethods } from "../control-protocol.js";
import type { Sandbox } from "../sandbox.js";

/** Sends a signal to the container's init process, or to all its processes. */
export async function killContainer(
  sandbox: Sandbox,
  params: ControlMethods["kill"]["params"],
  signal: AbortSignal,
): Promise<object> {
  const { containerId, all } = params;
  sandbox.container(containerId).require("kill", "created", "running", "paused");
  const request = { process: { containerId, execId: "" }, signal: params.signal, all };
  const call = sandbox.callAgent(
    `kill ${containerId}`,
    (agent, options) => agent.signalProcess(request, options),
    signal,
  );
  // The container's end, and the VM's, may be there before the answer.
  await sandbox.finishing(call);
  return {};
}
