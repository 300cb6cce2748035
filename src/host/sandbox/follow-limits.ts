import { messageOf } from "../../common/error.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { growVm, type ResizableVm, shrinkVm } from "./resize-vm.js";
import type { Sandbox } from "./sandbox.js";
import { growth, vmSize } from "./vm-size.js";

/**
 * Has the VM grow to what its containers may use once one of them has other
 * limits. To be called in the sandbox's turn (`updates`).
 *
 * @param what the operation, for the errors' texts
 * @param containerId of the one that changes, or is to come
 * @param resources all its limits then
 * @returns what it couldn't be given, for people
 * @throws as `growVm`
 */
export async function growForLimits(
  sandbox: Sandbox,
  what: string,
  containerId: string,
  resources: LinuxResources,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const others = limits(sandbox, containerId);
  const before = vmSize(sandbox.sizing, [...others, sandbox.containers.get(containerId)?.resources ?? {}]);
  const after = vmSize(sandbox.sizing, [...others, resources]);
  const warnings = await growVm(resizableVm(sandbox, what), growth(before, after), signal);
  for (const warning of warnings) sandbox.log(`${what}: ${warning}`);
  return warnings;
}

/**
 * Has the VM shrink to what its containers may use, as far as the guest gives
 * back what it got. Too large a VM harms nobody: that it doesn't shrink is for
 * the log alone. To be called in the sandbox's turn (`updates`).
 */
export async function shrinkToLimits(sandbox: Sandbox, what: string, signal: AbortSignal): Promise<void> {
  try {
    await shrinkVm(resizableVm(sandbox, what), vmSize(sandbox.sizing, limits(sandbox, "")), signal);
  } catch (error) {
    sandbox.log(`${what}: the VM stays larger than it has to be: ${messageOf(error)}`);
  }
}

/** Those of the containers that have not stopped, and of those to come. */
function limits({ containers, joining }: Sandbox, without: string): LinuxResources[] {
  const all = new Map([...joining].map(([id, { resources }]) => [id, resources]));
  for (const { id, live, resources } of containers.values()) {
    if (live.kind === "stopped") all.delete(id);
    else all.set(id, resources);
  }
  all.delete(without);
  return [...all.values()];
}

function resizableVm(sandbox: Sandbox, what: string): ResizableVm {
  return {
    machine: sandbox.vm.machine,
    setOnlineProcessors: async (count, signal) => {
      await sandbox.callAgent(
        `${what}: have ${count} processors online`,
        (agent, options) => agent.setOnlineProcessors({ count }, options),
        signal,
      );
    },
  };
}
