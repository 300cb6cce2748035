import type { ControlMethods } from "../control-protocol.js";
import type { Sandbox } from "../sandbox.js";

/** Changes the container's limits in the guest. */
export async function updateContainer(
  sandbox: Sandbox,
  params: ControlMethods["update"]["params"],
  signal: AbortSignal,
): Promise<object> {
  const { containerId, resourcesJson } = params;
  sandbox.container(containerId).require("update", "created", "running", "paused");
  await sandbox.callAgent(
    `update ${containerId}`,
    (agent, options) => agent.updateContainer({ containerId, resourcesJson: Buffer.from(resourcesJson) }, options),
    signal,
  );
  return {};
}
