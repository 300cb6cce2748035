import type { LinuxResources } from "../../../oci/linux-resources.js";
import { mergeResources } from "../../../oci/merge-resources.js";
import { parseJson } from "../../../oci/parse-json.js";
import type { SandboxContainer } from "../container.js";
import type { ControlMethods } from "../control-protocol.js";
import { growForLimits, shrinkToLimits } from "../follow-limits.js";
import { limitMonitors } from "../host-cgroup.js";
import type { Sandbox } from "../sandbox.js";

/**
 * Changes the container's limits in the guest and on the host. The VM follows: it grows before
 * the limits do, and shrinks, as far as it can, after they did.
 */
export async function updateContainer(
  sandbox: Sandbox,
  params: ControlMethods["update"]["params"],
  signal: AbortSignal,
): Promise<ControlMethods["update"]["result"]> {
  const container = sandbox.container(params.containerId);
  return sandbox.updates.take(() => update(sandbox, container, params.resourcesJson, signal));
}

async function update(
  sandbox: Sandbox,
  container: SandboxContainer,
  resourcesJson: string,
  signal: AbortSignal,
): Promise<ControlMethods["update"]["result"]> {
  const { id: containerId } = container;
  container.require("update", "created", "running", "paused");
  const what = `update ${containerId}`;
  const change = parseJson(resourcesJson, what) as LinuxResources;
  const resources = mergeResources(container.resources, change);
  try {
    const warnings = await growForLimits(sandbox, what, containerId, resources, signal);
    await sandbox.callAgent(
      what,
      (agent, options) => agent.updateContainer({ containerId, resourcesJson: Buffer.from(resourcesJson) }, options),
      signal,
    );
    container.resources = resources;
    await limitMonitors(sandbox, container, change);
    return { warnings };
  } finally {
    await shrinkToLimits(sandbox, what, signal);
  }
}
