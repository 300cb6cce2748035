/** Modes of set_mempolicy(2) and their numbers (config-linux.md, "Memory policy"; linux/mempolicy.h). */
export const MEMORY_POLICY_MODES = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
} as const satisfies Record<string, number>;

/** `linux.memoryPolicy.mode`. */
export type MemoryPolicyMode = keyof typeof MEMORY_POLICY_MODES;

/** Flags that are or-ed to the mode, and their bits. */
export const MEMORY_POLICY_FLAGS = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
} as const satisfies Record<string, number>;

/** An entry of `linux.memoryPolicy.flags`. */
export type MemoryPolicyFlag = keyof typeof MEMORY_POLICY_FLAGS;
