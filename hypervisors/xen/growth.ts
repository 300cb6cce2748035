import type { VmSize, VmSpec } from "../hypervisor.js";

/** The guest's kernel is built for so many (CONFIG_NR_CPUS). */
const MOST_VCPUS = 64;

/**
 * How large a domain can become. It has all the processors from its start, of
 * which its guest uses those that it is told to; memory comes when it is wanted.
 */
export function growthRoom({ vcpus, memoryBytes, largest }: Pick<VmSpec, "vcpus" | "memoryBytes" | "largest">): VmSize {
  return {
    vcpus: Math.max(vcpus, Math.min(largest?.vcpus ?? vcpus, MOST_VCPUS)),
    memoryBytes: Math.max(memoryBytes, largest?.memoryBytes ?? memoryBytes),
  };
}
