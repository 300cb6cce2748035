import type { Process } from "../../oci/process.js";
import type { Operation } from "../kernel/operation.js";
import type { SeccompFilter } from "../seccomp/compile-seccomp.js";
import { CAP_SYS_ADMIN_MASK, capabilitySets } from "./capability-sets.js";

/** The steps in which a process gives up what it may, in their order. */
export interface IdentityOperations {
  /** From root with everything to the process's own user and capabilities. */
  readonly lower: readonly Operation[];
  /** Just before the exec: the filter, and what was kept for it. */
  readonly seal: readonly Operation[];
}

/** runc's umask where config.json has none. */
const DEFAULT_UMASK = 0o022;

/**
 * Plans user, groups, capabilities, no_new_privs, umask, working directory and
 * seccomp filter of a process (config.md, "User" and "Linux Process").
 *
 * A filter needs no_new_privs or CAP_SYS_ADMIN. A process without either keeps
 * that capability permitted, though not effective, until the filter stands, so
 * that the filter comes as late as possible and has to allow next to nothing
 * for our sake: capset(2) then, and else only what the exec takes.
 */
export function identityOperations(process: Process, seccomp: SeccompFilter | undefined): IdentityOperations {
  const { uid = 0, gid = 0, umask = DEFAULT_UMASK, additionalGids = [] } = process.user ?? {};
  const { bounding, effective, inheritable, permitted, ambient } = capabilitySets(process.capabilities);
  const final: Operation = { op: "set-capabilities", effective, permitted, inheritable };
  const filter: Operation[] = seccomp === undefined ? [] : [{ op: "seccomp", ...seccomp }];
  const borrows = seccomp !== undefined && process.noNewPrivileges !== true && (effective & CAP_SYS_ADMIN_MASK) === 0n;
  const waiting: Operation = borrows ? { ...final, permitted: permitted | CAP_SYS_ADMIN_MASK } : final;
  const raised: Operation = {
    ...final,
    effective: effective | CAP_SYS_ADMIN_MASK,
    permitted: permitted | CAP_SYS_ADMIN_MASK,
  };
  return {
    lower: [
      { op: "umask", mask: umask },
      ...(process.noNewPrivileges === true ? [{ op: "no-new-privileges" } as const satisfies Operation] : []),
      { op: "chdir", path: process.cwd, attempt: "try" },
      { op: "limit-bounding-capabilities", keep: bounding },
      { op: "keep-capabilities", keep: true },
      { op: "own-stdio", uid },
      { op: "set-groups", gids: additionalGids },
      { op: "set-gid", gid },
      { op: "set-uid", uid },
      { op: "chdir", path: process.cwd, attempt: "must" },
      { op: "keep-capabilities", keep: false },
      waiting,
      { op: "set-ambient-capabilities", ambient },
    ],
    seal: borrows ? [raised, ...filter, final] : filter,
  };
}
