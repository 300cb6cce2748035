import type { VirtualMachine, VmSize } from "../../../hypervisors/hypervisor.js";
import { withDeadline } from "../../common/deadline.js";
import { TskataError } from "../../common/error.js";

/** Longest time that a VM may take to grow and to shrink, in milliseconds each. */
const RESIZE_TIMEOUT_MS = 20_000;
/** Both together. */
export const RESIZE_BOTH_WAYS_TIMEOUT_MS = 2 * RESIZE_TIMEOUT_MS;

/** A VM whose size can be changed, as far as its driver and its guest can. */
export interface ResizableVm {
  readonly machine: Pick<VirtualMachine, "size" | "setVcpus" | "setMemory">;
  /** Has the guest's agent bring processors online, or take them offline, until so many are online. */
  readonly setOnlineProcessors: (count: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Gives a VM what it lacks of a size. What it can't be given at all is told,
 * and left: the container's limits are then more than what it finds.
 *
 * @param to members that are absent stay as they are
 * @returns what couldn't be given, for people
 * @throws TskataError `deadline` or `failed-precondition` where the guest doesn't take what it gets, `resource` where
 *   the host has not that much
 */
export async function growVm(vm: ResizableVm, to: Partial<VmSize>, signal: AbortSignal): Promise<string[]> {
  const { vcpus = 0, memoryBytes = 0 } = to;
  const warnings: string[] = [];
  const plug = async (deadline: AbortSignal): Promise<boolean> => {
    const has = await vm.machine.size(deadline);
    if (has.memoryBytes < memoryBytes) {
      const refusal = await refusalOf(vm.machine.setMemory(memoryBytes, deadline));
      if (refusal !== undefined) warnings.push(`the memory limit is more than the VM has: ${refusal}`);
    }
    if (has.vcpus >= vcpus) return vcpus > 0;
    const refusal = await refusalOf(vm.machine.setVcpus(vcpus, deadline));
    if (refusal !== undefined) warnings.push(`the CPU limit is more than the VM has: ${refusal}`);
    return refusal === undefined;
  };
  const hasProcessors = await withDeadline("grow the VM", RESIZE_TIMEOUT_MS, plug, signal);
  // Outside of the deadline: the agent has one of its own, beyond which the whole VM is given up.
  if (hasProcessors) await vm.setOnlineProcessors(vcpus, signal);
  return warnings;
}

/**
 * Takes from a VM what is more than a size, as far as its guest gives it back.
 * Processors that the driver can't take are offline at least.
 *
 * @throws TskataError where the guest keeps what it was asked for
 */
export async function shrinkVm(vm: ResizableVm, to: VmSize, signal: AbortSignal): Promise<void> {
  const has = await withDeadline(
    "look up the VM's size",
    RESIZE_TIMEOUT_MS,
    (deadline) => vm.machine.size(deadline),
    signal,
  );
  if (has.vcpus > to.vcpus) await vm.setOnlineProcessors(to.vcpus, signal);
  const unplug = async (deadline: AbortSignal): Promise<void> => {
    if (has.vcpus > to.vcpus) await refusalOf(vm.machine.setVcpus(to.vcpus, deadline));
    if (has.memoryBytes > to.memoryBytes) await refusalOf(vm.machine.setMemory(to.memoryBytes, deadline));
  };
  await withDeadline("shrink the VM", RESIZE_TIMEOUT_MS, unplug, signal);
}

/** Why the driver can't do it at all; undefined where it has done it. */
async function refusalOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof TskataError && error.code === "unsupported") return error.message;
    throw error;
  }
}
