/**
 * Actions of seccomp rules and the filter's return value of each, as
 * linux/seccomp.h has them. `SCMP_ACT_KILL` is the older name of
 * `SCMP_ACT_KILL_THREAD` (config-linux.md, "Seccomp"; seccomp(2)).
 */
export const SECCOMP_ACTIONS = {
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_TRAP: 0x00030000,
} as const satisfies Record<string, number>;

/** `defaultAction` of a filter and `action` of a rule. */
export type SeccompAction = keyof typeof SECCOMP_ACTIONS;

/** Actions that carry a number in the low 16 bits of the return value, so that `errnoRet` may be given. */
export const SECCOMP_ERRNO_ACTIONS = ["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"] as const satisfies readonly SeccompAction[];

/** Comparisons of a system call's argument with `value` (and `valueTwo` for the masked one). */
export const SECCOMP_OPERATORS = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_LE",
  "SCMP_CMP_LT",
  "SCMP_CMP_MASKED_EQ",
  "SCMP_CMP_NE",
] as const;

/** `op` of an argument's comparison. */
export type SeccompOperator = (typeof SECCOMP_OPERATORS)[number];

/**
 * Architectures by the name that libseccomp gives them, with the AUDIT_ARCH
 * value of linux/audit.h. x32 shares x86-64's value: its system calls have bit
 * 30 of their number set.
 */
export const SECCOMP_ARCHITECTURES = {
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
  SCMP_ARCH_LOONGARCH64: 0xc0000102,
  SCMP_ARCH_M68K: 0x00000004,
  SCMP_ARCH_MIPS: 0x00000008,
  SCMP_ARCH_MIPS64: 0x80000008,
  SCMP_ARCH_MIPS64N32: 0xa0000008,
  SCMP_ARCH_MIPSEL: 0x40000008,
  SCMP_ARCH_MIPSEL64: 0xc0000008,
  SCMP_ARCH_MIPSEL64N32: 0xe0000008,
  SCMP_ARCH_PARISC: 0x0000000f,
  SCMP_ARCH_PARISC64: 0x8000000f,
  SCMP_ARCH_PPC: 0x00000014,
  SCMP_ARCH_PPC64: 0x80000015,
  SCMP_ARCH_PPC64LE: 0xc0000015,
  SCMP_ARCH_RISCV64: 0xc00000f3,
  SCMP_ARCH_S390: 0x00000016,
  SCMP_ARCH_S390X: 0x80000016,
  SCMP_ARCH_SH: 0x4000002a,
  SCMP_ARCH_SHEB: 0x0000002a,
  SCMP_ARCH_X32: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X86_64: 0xc000003e,
} as const satisfies Record<string, number>;

/** An entry of `architectures`. */
export type SeccompArchitecture = keyof typeof SECCOMP_ARCHITECTURES;

/** Flags of seccomp(2)'s SECCOMP_SET_MODE_FILTER and their bits. */
export const SECCOMP_FLAGS = {
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
  SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
} as const satisfies Record<string, number>;

/** An entry of `flags`. */
export type SeccompFlag = keyof typeof SECCOMP_FLAGS;

/**
 * The flag with which seccomp(2) answers with a listener (seccomp_unotify(2)).
 * No profile asks for it by name: its rules do by SCMP_ACT_NOTIFY.
 */
export const SECCOMP_NEW_LISTENER = 1 << 3;

/**
 * The flags of seccomp(2) for `linux.seccomp`. Speculation stays allowed where
 * the profile has no `flags` at all, as in runc. A process that gets a filter
 * has one thread, so that there is nothing to synchronize. A listener's flag is
 * refused by the kernel where there is no listener, and so is left out.
 *
 * @param flags `linux.seccomp.flags`
 * @param notifies whether a rule has SCMP_ACT_NOTIFY
 */
export function seccompFlags(flags: readonly SeccompFlag[] | undefined, notifies: boolean): number {
  const wanted = flags ?? ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"];
  const bits = wanted.reduce((all, flag) => all | SECCOMP_FLAGS[flag], 0) & ~SECCOMP_FLAGS.SECCOMP_FILTER_FLAG_TSYNC;
  return notifies ? bits | SECCOMP_NEW_LISTENER : bits & ~SECCOMP_FLAGS.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}
