import { availableParallelism, totalmem } from "node:os";
import { parseIdList } from "../../oci/id-list.js";
import { toBigInt } from "../../oci/integer.js";
import type { LinuxCpu, LinuxResources } from "../../oci/linux-resources.js";

const MIB = 1024n * 1024n;
/** What the guest's kernel and agent take of a VM's memory, in bytes. */
const GUEST_OVERHEAD_BYTES = 128n * MIB;
const DEFAULT_PERIOD = 100_000n;

/** Processors and memory of a VM. */
export interface VmSize {
  readonly vcpus: number;
  readonly memoryBytes: number;
}

/** What this host has. */
export interface HostSize {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/**
 * The size of a VM for a container with these limits: what the configuration
 * says, or as much more as the container may use and the host has.
 */
export function vmSize(configured: VmSize, resources: LinuxResources = {}, host: HostSize = thisHost()): VmSize {
  const cpus = Math.min(usableCpus(resources.cpu ?? {}), host.cpus);
  return {
    vcpus: Math.max(configured.vcpus, cpus),
    memoryBytes: Math.max(configured.memoryBytes, usableMemory(resources, host)),
  };
}

function thisHost(): HostSize {
  return { cpus: availableParallelism(), memoryBytes: totalmem() };
}

/** CPUs that a container can keep busy by its quota, among those that it may run on. */
function usableCpus({ quota = 0, period = 0, cpus = "" }: LinuxCpu): number {
  const listed = cpus === "" ? Infinity : Math.max(1, parseIdList(cpus).length);
  if (toBigInt(quota) <= 0n) return cpus === "" ? 1 : listed;
  const wholePeriod = toBigInt(period) > 0n ? toBigInt(period) : DEFAULT_PERIOD;
  return Math.min(listed, Number((toBigInt(quota) + wholePeriod - 1n) / wholePeriod));
}

/** Its limit beside what the guest takes, in whole MiB; 0 where it has none. */
function usableMemory({ memory }: LinuxResources, host: HostSize): number {
  const limit = toBigInt(memory?.limit ?? 0);
  if (limit <= 0n) return 0;
  const wanted = ((limit + GUEST_OVERHEAD_BYTES + MIB - 1n) / MIB) * MIB;
  const most = (BigInt(host.memoryBytes) / MIB) * MIB;
  return Number(wanted < most ? wanted : most);
}
