import type { Integer } from "./integer.js";
import type { SeccompAction, SeccompArchitecture, SeccompFlag, SeccompOperator } from "./tables/seccomp.js";

/** `linux.seccomp` (config-linux.md, "Seccomp"). */
export interface LinuxSeccomp {
  readonly defaultAction: SeccompAction;
  /** Only with an action that takes one; EPERM where absent. */
  readonly defaultErrnoRet?: number;
  /** The native architecture alone where absent or empty. */
  readonly architectures?: readonly SeccompArchitecture[];
  readonly flags?: readonly SeccompFlag[];
  /** Unix socket that gets the notify descriptor, where a rule has SCMP_ACT_NOTIFY. */
  readonly listenerPath?: string;
  /** Only with `listenerPath`. */
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly LinuxSyscall[];
}

/** One rule: system calls by name, what to do, and under which conditions. */
export interface LinuxSyscall {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  /** Only with an action that takes one; EPERM where absent. */
  readonly errnoRet?: number;
  /** All must hold; no condition where absent or empty. */
  readonly args?: readonly LinuxSeccompArg[];
}

/** A condition on argument `index` (0 to 5) of a system call. */
export interface LinuxSeccompArg {
  readonly index: number;
  /** What the argument is compared with, or the mask for SCMP_CMP_MASKED_EQ. */
  readonly value: Integer;
  /** What the masked argument is compared with; 0 where absent. */
  readonly valueTwo?: Integer;
  readonly op: SeccompOperator;
}

/** Whether a rule asks a seccomp agent: whether `listenerPath` counts. */
export function asksSeccompAgent({ syscalls = [] }: LinuxSeccomp): boolean {
  return syscalls.some(({ action }) => action === "SCMP_ACT_NOTIFY");
}
