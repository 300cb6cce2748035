import { availableParallelism, totalmem } from "node:os";
import type { VmSize } from "../../../hypervisors/hypervisor.js";
import { parseIdList } from "../../oci/id-list.js";
import { toBigInt } from "../../oci/integer.js";
import type { LinuxCpu, LinuxResources } from "../../oci/linux-resources.js";

const MIB = 1024n * 1024n;
/** What the guest's kernel and agent take of a VM's memory, in bytes. */
const GUEST_OVERHEAD_BYTES = 128n * MIB;
const DEFAULT_PERIOD = 100_000n;

/** How a VM's size follows its container's limits. */
export interface VmSizing {
  /** What it has where the limits ask for no more. */
  readonly smallest: VmSize;
  /** What it has at most. */
  readonly largest: VmSize;
}

/** The size of a VM for a container with these limits: as much as the container may use, within the bounds. */
export function vmSize({ smallest, largest }: VmSizing, resources: LinuxResources = {}): VmSize {
  return {
    vcpus: Math.max(smallest.vcpus, Math.min(usableCpus(resources.cpu ?? {}), largest.vcpus)),
    memoryBytes: Math.max(smallest.memoryBytes, usableMemory(resources, largest)),
  };
}

/** All that this host has. */
export function hostSize(): VmSize {
  return { vcpus: availableParallelism(), memoryBytes: totalmem() };
}

/** CPUs that a container can keep busy by its quota, among those that it may run on. */
function usableCpus({ quota = 0, period = 0, cpus = "" }: LinuxCpu): number {
  const listed = cpus === "" ? Infinity : Math.max(1, parseIdList(cpus).length);
  if (toBigInt(quota) <= 0n) return cpus === "" ? 1 : listed;
  const wholePeriod = toBigInt(period) > 0n ? toBigInt(period) : DEFAULT_PERIOD;
  return Math.min(listed, Number((toBigInt(quota) + wholePeriod - 1n) / wholePeriod));
}

/** Its limit beside what the guest takes, in whole MiB; 0 where it has none. */
function usableMemory({ memory }: LinuxResources, largest: VmSize): number {
  const limit = toBigInt(memory?.limit ?? 0);
  if (limit <= 0n) return 0;
  const wanted = ((limit + GUEST_OVERHEAD_BYTES + MIB - 1n) / MIB) * MIB;
  const most = (BigInt(largest.memoryBytes) / MIB) * MIB;
  return Number(wanted < most ? wanted : most);
}
