import { type Integer, toBigInt } from "../../oci/integer.js";
import type { LinuxCpu, LinuxMemory, LinuxPids, LinuxResources } from "../../oci/linux-resources.js";

/** Microseconds. */
const DEFAULT_PERIOD = 100_000;
/** Files of version 2 whose values, meant for the guest alone, would starve the VM. */
const GUEST_ONLY = /^(memory|pids|hugetlb|misc|rdma)\.|^cpu\.max|^cgroup\./;

/** What a VM takes beside its containers: the VMM, the file server and the supervisor. */
export interface VmOverhead {
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly pids: number;
  /** CPUs' time. */
  readonly cpus: number;
}

/** The VM that is in a container's cgroup. */
export interface HousedVm {
  /** All that its guest has. */
  readonly memoryBytes: number;
  readonly overhead: VmOverhead;
  /** Limits of the other containers in it. */
  readonly others: readonly LinuxResources[];
}

/**
 * A container's limits as its cgroup on the host has them, where the VM is in
 * it: high enough for the VM with what it takes itself. Those of the container
 * are in force in the guest. Device rules and limits on huge pages are the
 * guest's alone: the VMM has devices of its own.
 */
export function limitsWithVm(container: LinuxResources, vm: HousedVm): LinuxResources {
  const {
    devices: _devices,
    hugepageLimits: _hugepageLimits,
    rdma: _rdma,
    memory,
    pids,
    cpu,
    unified,
    ...rest
  } = container;
  return {
    ...rest,
    ...(memory && { memory: memoryWithVm(memory, BigInt(vm.memoryBytes + vm.overhead.memoryBytes)) }),
    ...(pids && { pids: pidsWithVm(pids, vm.overhead.pids) }),
    ...(cpu && { cpu: cpuWithVm(cpu, vm) }),
    ...(unified && { unified: withoutGuestOnly(unified) }),
  };
}

/**
 * A container's limits as its cgroup on the host has them, where nothing but
 * its monitors is in it.
 */
export function limitsOfMonitors({ devices: _devices, unified, ...rest }: LinuxResources): LinuxResources {
  return { ...rest, ...(unified && { unified: withoutGuestOnly(unified) }) };
}

function memoryWithVm({ limit = 0, swap = 0, reservation = 0, swappiness }: LinuxMemory, most: bigint): LinuxMemory {
  const others = swappiness === undefined ? {} : { swappiness };
  const own = toBigInt(limit);
  if (own === 0n) return { ...others, reservation };
  if (own < 0n) return { ...others, limit, swap, reservation };
  const raised = (value: Integer): bigint => {
    const beyond = toBigInt(value) - own;
    return toBigInt(value) > 0n ? most + beyond : toBigInt(value);
  };
  // What contradicts the limit is the guest's to refuse.
  const both = toBigInt(swap) > 0n && toBigInt(swap) < own ? most : raised(swap);
  return { ...others, limit: most, swap: both, reservation: raised(reservation) };
}

/** No process at all is allowed by 0, which is taken for 1. */
function pidsWithVm({ limit }: LinuxPids, overhead: number): LinuxPids {
  if (limit === undefined || toBigInt(limit) < 0n) return { ...(limit !== undefined && { limit }) };
  return { limit: (toBigInt(limit) === 0n ? 1n : toBigInt(limit)) + BigInt(overhead) };
}

/** Other containers in the VM take what they may besides; one without a quota all that there is. */
function cpuWithVm(cpu: LinuxCpu, { overhead, others }: HousedVm): LinuxCpu {
  const { realtimeRuntime: _runtime, realtimePeriod: _realtimePeriod, quota = 0, ...rest } = cpu;
  if (toBigInt(quota) <= 0n) return { ...rest, quota };
  const shares = [cpu, ...others.map((each) => each.cpu ?? {})].map(shareOf);
  if (shares.includes(0)) return { ...rest, quota: -1 };
  const cpus = shares.reduce((sum, share) => sum + share, overhead.cpus);
  return { ...rest, quota: Math.ceil(cpus * periodOf(cpu)) };
}

/** How many CPUs' time a quota is; 0 where there is none. */
function shareOf(cpu: LinuxCpu): number {
  const quota = toBigInt(cpu.quota ?? 0);
  return quota > 0n ? Number(quota) / periodOf(cpu) : 0;
}

function periodOf({ period = 0 }: LinuxCpu): number {
  return toBigInt(period) > 0n ? Number(period) : DEFAULT_PERIOD;
}

function withoutGuestOnly(unified: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(unified).filter(([file]) => !GUEST_ONLY.test(file)));
}
