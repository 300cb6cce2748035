import type { VmSize } from "../../../../hypervisors/hypervisor.js";
import { messageOf } from "../../../common/error.js";
import type { LinuxResources } from "../../../oci/linux-resources.js";
import { mergeResources } from "../../../oci/merge-resources.js";
import { parseJson } from "../../../oci/parse-json.js";
import type { SandboxContainer } from "../container.js";
import type { ControlMethods } from "../control-protocol.js";
import { growVm, type ResizableVm, shrinkVm } from "../resize-vm.js";
import type { Sandbox } from "../sandbox.js";
import { vmSize } from "../vm-size.js";

/**
 * Changes the container's limits in the guest. The VM follows: it grows before
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
  const change = parseJson(resourcesJson, `update ${containerId}`) as LinuxResources;
  const resources = mergeResources(container.resources, change);
  const vm = resizableVm(sandbox, containerId);
  try {
    const before = vmSize(sandbox.sizing, container.resources);
    const warnings = await growVm(vm, growth(before, vmSize(sandbox.sizing, resources)), signal);
    for (const warning of warnings) sandbox.log(`update ${containerId}: ${warning}`);
    await sandbox.callAgent(
      `update ${containerId}`,
      (agent, options) => agent.updateContainer({ containerId, resourcesJson: Buffer.from(resourcesJson) }, options),
      signal,
    );
    container.resources = resources;
    return { warnings };
  } finally {
    await shrinkIfPossible(sandbox, vm, container, signal);
  }
}

/** What is asked for that wasn't before. An update of other limits leaves a size alone that couldn't be had. */
function growth(before: VmSize, after: VmSize): Partial<VmSize> {
  return {
    ...(after.vcpus > before.vcpus && { vcpus: after.vcpus }),
    ...(after.memoryBytes > before.memoryBytes && { memoryBytes: after.memoryBytes }),
  };
}

/** Too large a VM harms nobody: that it doesn't shrink is for the log alone. */
async function shrinkIfPossible(
  sandbox: Sandbox,
  vm: ResizableVm,
  container: SandboxContainer,
  signal: AbortSignal,
): Promise<void> {
  try {
    await shrinkVm(vm, vmSize(sandbox.sizing, container.resources), signal);
  } catch (error) {
    sandbox.log(`update ${container.id}: the VM stays larger than it has to be: ${messageOf(error)}`);
  }
}

function resizableVm(sandbox: Sandbox, containerId: string): ResizableVm {
  return {
    machine: sandbox.vm.machine,
    setOnlineProcessors: async (count, signal) => {
      await sandbox.callAgent(
        `update ${containerId}: have ${count} processors online`,
        (agent, options) => agent.setOnlineProcessors({ count }, options),
        signal,
      );
    },
  };
}
