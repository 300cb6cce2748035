import { messageOf } from "../../common/error.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import type { VmSize } from "../../../hypervisors/hypervisor.js";
import { limitVm } from "./host-cgroup.js";
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
  const others = [...limitsWithout(sandbox, containerId)];
  const before = sizeFor(sandbox, [...others, [containerId, sandbox.containers.get(containerId)?.resources ?? {}]]);
  const limits = new Map([...others, [containerId, resources] as const]);
  const after = sizeFor(sandbox, limits);
  // Before the guest can use it.
  if (sandbox.hostCgroup.home !== undefined) {
    const { memoryBytes } = await sandbox.vm.machine.size(signal);
    await limitVm(sandbox, Math.max(memoryBytes, after.memoryBytes), limits);
  }
  const warnings = await growVm(resizableVm(sandbox, what), growth(before, after), signal);
  for (const warning of warnings) sandbox.log(`${what}: ${warning}`);
  return warnings;
}

/**
 * Has the VM shrink to what its containers may use, as far as the guest gives
 * back what it got, and writes the limits of the cgroups that it is in. Too large
 * a VM harms nobody: that it doesn't shrink is for the log alone. To be called in the sandbox's turn (`updates`).
 */
export async function shrinkToLimits(sandbox: Sandbox, what: string, signal: AbortSignal): Promise<void> {
  const limits = limitsWithout(sandbox, "");
  try {
    await shrinkVm(resizableVm(sandbox, what), sizeFor(sandbox, limits), signal);
  } catch (error) {
    sandbox.log(`${what}: the VM stays larger than it has to be: ${messageOf(error)}`);
  }
  if (sandbox.hostCgroup.home === undefined) return;
  try {
    await limitVm(sandbox, (await sandbox.vm.machine.size(signal)).memoryBytes, limits);
  } catch (error) {
    sandbox.log(`${what}: the limits of the VM's cgroups stay: ${messageOf(error)}`);
  }
}

function sizeFor({ sizing }: Sandbox, limits: Iterable<readonly [string, LinuxResources]>): VmSize {
  return vmSize(
    sizing,
    [...limits].map(([, resources]) => resources),
  );
}

/** Those of the containers that have not stopped, and of those to come. */
function limitsWithout({ containers, joining }: Sandbox, without: string): Map<string, LinuxResources> {
  const all = new Map([...joining].map(([id, { resources }]) => [id, resources]));
  for (const { id, live, resources } of containers.values()) {
    if (live.kind === "stopped") all.delete(id);
    else all.set(id, resources);
  }
  all.delete(without);
  return all;
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
