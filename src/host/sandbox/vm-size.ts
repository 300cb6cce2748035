import { availableParallelism, totalmem } from "node:os";
import type { VmSize } from "../../../hypervisors/hypervisor.js";
import { parseIdList } from "../../oci/id-list.js";
import { toBigInt } from "../../oci/integer.js";
import type { LinuxCpu, LinuxResources } from "../../oci/linux-resources.js";

const MIB = 1024n * 1024n;
/** What the guest's kernel and agent take of a VM's memory, in bytes. */
const GUEST_OVERHEAD_BYTES = 128n * MIB;
/** Microseconds. */
const DEFAULT_PERIOD = 100_000;

/** How a VM's size follows its containers' limits. */
export interface VmSizing {
  /** What it has where the limits ask for no more. */
  readonly smallest: VmSize;
  /** What it has at most. */
  readonly largest: VmSize;
}

/**
 * The size of a VM for containers with these limits: as much as they may use
 * together, within the bounds.
 */
export function vmSize({ smallest, largest }: VmSizing, containers: readonly LinuxResources[]): VmSize {
  return {
    vcpus: Math.max(smallest.vcpus, Math.min(usableCpus(containers.map(({ cpu = {} }) => cpu)), largest.vcpus)),
    memoryBytes: Math.max(smallest.memoryBytes, usableMemory(containers, largest)),
  };
}

/** What is asked for that wasn't before. A change of other limits leaves a size alone that couldn't be had. */
export function growth(before: VmSize, after: VmSize): Partial<VmSize> {
  return {
    ...(after.vcpus > before.vcpus && { vcpus: after.vcpus }),
    ...(after.memoryBytes > before.memoryBytes && { memoryBytes: after.memoryBytes }),
  };
}

/** All that this host has. */
export function hostSize(): VmSize {
  return { vcpus: availableParallelism(), memoryBytes: totalmem() };
}

/** CPUs that containers keep busy by their quotas, or may run on where they have none. */
function usableCpus(containers: readonly LinuxCpu[]): number {
  const listed = containers.map(({ cpus = "" }) => (cpus === "" ? 1 : parseIdList(cpus).length));
  const byQuota = containers.map((cpu, index) => {
    const share = quotaShare(cpu);
    return (cpu.cpus ?? "") === "" ? share : Math.min(share, listed[index] ?? 0);
  });
  const withoutQuota = listed.filter((_, index) => byQuota[index] === 0);
  return Math.max(1, ...withoutQuota, Math.ceil(byQuota.reduce((sum, each) => sum + each, 0)));
}

/** How many CPUs' time a quota is; 0 where there is none. */
function quotaShare({ quota = 0, period = 0 }: LinuxCpu): number {
  if (toBigInt(quota) <= 0n) return 0;
  return Number(quota) / (toBigInt(period) > 0n ? Number(period) : DEFAULT_PERIOD);
}

/** Their limits beside what the guest takes, in whole MiB; 0 where none has one. */
function usableMemory(containers: readonly LinuxResources[], largest: VmSize): number {
  const limits = containers.map(({ memory }) => toBigInt(memory?.limit ?? 0)).filter((limit) => limit > 0n);
  if (limits.length === 0) return 0;
  const all = limits.reduce((sum, limit) => sum + limit, GUEST_OVERHEAD_BYTES);
  const wanted = ((all + MIB - 1n) / MIB) * MIB;
  const most = (BigInt(largest.memoryBytes) / MIB) * MIB;
  return Number(wanted < most ? wanted : most);
}
