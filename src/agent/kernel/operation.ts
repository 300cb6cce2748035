/**
 * Everything that the launcher can do, one member an operation.
 *
 * An operation is one system call or a small safe composite. The launcher
 * decides nothing: order, values and what may fail are chosen here, in the
 * plan. Rules that hold for all of them:
 *
 * - A path named `path`, `destination` or `target directory` is resolved in the
 *   **current root** with openat2(2) RESOLVE_IN_ROOT and no magic links, so
 *   that symlinks never lead out of it. The current root is `/` at first;
 *   `set-root` changes it, `pivot-root` and `move-root` make it `/` again.
 * - A `source` is a path as the process sees it (absolute), or a **slot**: a
 *   descriptor that an earlier operation opened. Slots 0 to 63 are inherited
 *   by the child and are closed at exec.
 * - Modes are octal permission bits (umask is 0 until the operation `umask`),
 *   flags are the kernel's own numbers (see constants.ts), masks of
 *   capabilities have bit n for capability n.
 * - In the list `parent`, operations on a process (limits, scheduler, ...) act
 *   on the child; elsewhere on the process that runs them.
 */
export type Operation =
  | NamespaceOperation
  | InterfaceOperation
  | RouteOperation
  | FileOperation
  | MountOperation
  | ProcessOperation
  | IdentityOperation
  | ExecOperation
  | MachineOperation
  | CriuOperation;

/** The `op` of any operation. */
export type OperationName = Operation["op"];

/** A path as the process sees it, or the number of a slot. */
export type Source = { readonly path: string } | { readonly slot: number };

/** Namespaces and the descriptors that lead to them. */
export type NamespaceOperation =
  /** Opens a process by its pid (pidfd_open(2)) into a slot, for `setns` with several flags at once. */
  | { readonly op: "open-pidfd"; readonly slot: number; readonly pid: number }
  /** Enters those namespaces of the process behind a slot's pidfd that `flags` (CLONE_NEW*) names: setns(2). */
  | { readonly op: "setns"; readonly slot: number; readonly flags: number }
  /** Leaves namespaces for new ones (CLONE_NEW*): unshare(2). CLONE_NEWTIME and CLONE_NEWPID hold for children only. */
  | { readonly op: "unshare"; readonly flags: number }
  /** sethostname(2). */
  | { readonly op: "set-hostname"; readonly name: string }
  /** setdomainname(2). */
  | { readonly op: "set-domainname"; readonly name: string };

/** Interfaces of the current network namespace. */
export type InterfaceOperation =
  /**
   * Renames the interface that has the Ethernet address `macAddress` (six bytes), for which it waits `timeoutMs`; then it
   * fails with ENODEV: netdevice(7).
   */
  | {
      readonly op: "rename-interface";
      readonly macAddress: Uint8Array;
      readonly name: string;
      readonly timeoutMs: number;
    }
  /** Gives an interface another Ethernet address (six bytes): netdevice(7). */
  | { readonly op: "set-interface-address"; readonly name: string; readonly macAddress: Uint8Array }
  /** Sets the size of the largest packet: netdevice(7). */
  | { readonly op: "set-mtu"; readonly name: string; readonly mtu: number }
  /** Sets an interface up, as for `lo`: netdevice(7). */
  | { readonly op: "interface-up"; readonly name: string }
  /** Sets an interface down: netdevice(7). */
  | { readonly op: "interface-down"; readonly name: string }
  /** Waits until an interface that was set up can send: netdevice(7), IFF_RUNNING. No longer than `timeoutMs`, then it goes on. */
  | { readonly op: "await-running"; readonly name: string; readonly timeoutMs: number };

/** Addresses, routes and neighbours of the current network namespace: rtnetlink(7). */
export type RouteOperation =
  /** Adds an address of global scope, or changes what belongs to it. */
  | ({ readonly op: "add-address" } & AddressOfInterface)
  | ({ readonly op: "remove-address" } & AddressOfInterface)
  /** Adds a route to the main table, or replaces the one to that destination of that metric. */
  | ({ readonly op: "add-route" } & RouteOfInterface)
  /** Fine where there is none. */
  | ({ readonly op: "remove-route" } & RouteOfInterface)
  /** Adds a neighbour for good. */
  | ({ readonly op: "add-neighbour" } & NeighbourOfInterface)
  /** Fine where there is none. */
  | ({ readonly op: "remove-neighbour" } & NeighbourOfInterface);

/** An IPv4 or IPv6 address. */
interface AddressOfInterface {
  readonly name: string;
  readonly address: string;
  readonly prefixLength: number;
  /** The other end's, of a link with two ends; empty for none. */
  readonly peer: string;
  /** Empty for none. */
  readonly broadcast: string;
  /** IFA_F_* of linux/if_addr.h. */
  readonly flags: number;
}

/** A route through an interface; gateway and source are empty for none. */
interface RouteOfInterface {
  readonly name: string;
  readonly destination: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly source: string;
  /** 0: the kernel's own choice. */
  readonly metric: number;
  /** RT_SCOPE_* of linux/rtnetlink.h. */
  readonly scope: number;
  /** RTNH_F_* of linux/rtnetlink.h. */
  readonly flags: number;
}

/** Who has an address on the network behind an interface. */
interface NeighbourOfInterface {
  readonly name: string;
  readonly address: string;
  /** Six bytes. */
  readonly macAddress: Uint8Array;
}

/** Files and directories in the current root. */
export type FileOperation =
  /** Makes `path`, a directory, the current root of the operations after it. */
  | { readonly op: "set-root"; readonly path: string }
  /** Makes the process's own root the current one again. */
  | { readonly op: "leave-root" }
  /**
   * Writes `data` in one write(2).
   *
   * `base` says where `path` is resolved: `root` the current root; `proc` the
   * agent's own procfs, which no container can mask or replace (relative:
   * `sys/net/ipv4/ip_forward`; `self/...` is the process itself); `child` the
   * child's directory there (list `parent` only: `uid_map`). With `createMode`
   * the file is made where it is missing, and emptied where it exists.
   */
  | {
      readonly op: "write-file";
      readonly base: "root" | "proc" | "child";
      readonly path: string;
      readonly data: string | Uint8Array;
      readonly createMode?: number;
    }
  /**
   * Makes a directory and its missing parents (0755), through symlinks held in
   * the root, dangling ones included. One that exists stays as it is; `mode`
   * and the owner are for a new one. Uid and gid default to the process's own.
   */
  | {
      readonly op: "make-directory";
      readonly path: string;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
    }
  /** Makes an empty file and its missing parents, as a place for a bind mount; whatever exists stays. */
  | { readonly op: "make-file"; readonly path: string; readonly mode: number }
  /** mknod(2) with exact mode and owner; parents are made. A node that exists gets that mode and owner. */
  | {
      readonly op: "make-node";
      readonly path: string;
      readonly type: "char" | "block" | "fifo";
      readonly major: number;
      readonly minor: number;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** symlink(2); parents are made, and something that exists at `path` stays. */
  | { readonly op: "make-symlink"; readonly path: string; readonly target: string }
  /** unlink(2) of a file or symlink itself; fine where there is none. */
  | { readonly op: "remove-file"; readonly path: string };

/**
 * Changes of mount attributes: mount_setattr(2). `set` and `clear` are
 * MOUNT_ATTR_* bits of the mount, `recursiveSet` and `recursiveClear` of the
 * whole tree; `propagation` is MS_PRIVATE, MS_SLAVE, MS_SHARED or
 * MS_UNBINDABLE, for the tree where MS_REC is added, 0 for no change.
 * To change an atime mode, clear MOUNT_ATTR__ATIME and set the new one.
 */
export interface MountAttributes {
  readonly set?: number;
  readonly clear?: number;
  readonly recursiveSet?: number;
  readonly recursiveClear?: number;
  readonly propagation?: number;
}

/** Mounts. A destination must exist. */
export type MountOperation =
  /**
   * Mounts a filesystem: fsopen(2), fsconfig(2), fsmount(2), move_mount(2), so
   * that it has its attributes before it is seen. `options` are those of the
   * filesystem itself (`mode=755`, or a flag such as `ro` for the superblock).
   * With `copyUp` the content of the destination is copied into it first
   * (files, directories, symlinks, with modes, owners and times).
   */
  | {
      readonly op: "mount";
      readonly type: string;
      readonly source: string;
      readonly destination: string;
      readonly options: readonly string[];
      readonly attributes?: MountAttributes;
      readonly copyUp?: boolean;
      /** The filesystem's root gets the mode of the directory that it covers, or 1777 where that is made for it. */
      readonly keepMode?: boolean;
    }
  /**
   * Binds a directory or file: open_tree(2) with OPEN_TREE_CLONE, attributes,
   * move_mount(2). A slot must hold a tree of `open-tree`.
   */
  | {
      readonly op: "bind";
      readonly source: Source;
      readonly destination: string;
      readonly recursive: boolean;
      readonly attributes?: MountAttributes;
    }
  /** Binds what is at a path in the root to another, which is made where it is missing, a file or a directory. */
  | {
      readonly op: "bind-in-root";
      readonly source: string;
      readonly destination: string;
      readonly recursive: boolean;
      readonly attributes?: MountAttributes;
    }
  /**
   * Clones a mount tree into a slot, to be bound later from another mount or
   * user namespace: open_tree(2).
   */
  | {
      readonly op: "open-tree";
      readonly slot: number;
      readonly path: string;
      readonly recursive: boolean;
      readonly attributes?: MountAttributes;
    }
  /** Fails with ENOTDIR where the last component of a path in the root is a symlink. */
  | { readonly op: "refuse-symlink"; readonly path: string }
  /** Changes an existing mount. With `optional` a path that isn't there is fine. */
  | {
      readonly op: "set-mount-attributes";
      readonly path: string;
      readonly attributes: MountAttributes;
      readonly optional?: boolean;
    }
  /** Changes a mounted filesystem's own options: fspick(2), fsconfig(2). */
  | { readonly op: "reconfigure"; readonly path: string; readonly options: readonly string[] }
  /** Moves the mount at the path `source` (in the current root too): move_mount(2). */
  | { readonly op: "move-mount"; readonly source: string; readonly destination: string }
  /** umount2(2) with MNT_DETACH; fine where nothing is mounted there. */
  | { readonly op: "unmount"; readonly path: string }
  /**
   * Makes the current root the process's root and drops the old one with all
   * its mounts: pivot_root(2). The current root must be a mount.
   */
  | { readonly op: "pivot-root" }
  /** The same by moving the mount onto `/` and chroot(2), where `/` is a ramfs (runc's --no-pivot). */
  | { readonly op: "move-root" }
  /**
   * Hides a path: /dev/null over a file (it must really be device 1:3), an
   * empty read-only tmpfs over a directory. Fine where there is none.
   */
  | { readonly op: "mask-path"; readonly path: string }
  /** Makes a path read-only by a bind over itself. Fine where there is none. */
  | { readonly op: "readonly-path"; readonly path: string };

/** Limits and properties of the process. */
export type ProcessOperation =
  /** prlimit(2); `resource` is RLIMIT_*, RLIM_INFINITY is 2^64-1. */
  | { readonly op: "set-rlimit"; readonly resource: number; readonly soft: bigint; readonly hard: bigint }
  /** sched_setattr(2): `policy` SCHED_*, the times in nanoseconds. */
  | {
      readonly op: "set-scheduler";
      readonly policy: number;
      readonly flags: bigint;
      readonly nice: number;
      readonly priority: number;
      readonly runtimeNs: bigint;
      readonly deadlineNs: bigint;
      readonly periodNs: bigint;
    }
  /** ioprio_set(2): `class` IOPRIO_CLASS_*, `level` 0 to 7. */
  | { readonly op: "set-io-priority"; readonly class: number; readonly level: number }
  /** sched_setaffinity(2). */
  | { readonly op: "set-affinity"; readonly cpus: readonly number[] }
  /** set_mempolicy(2): `mode` MPOL_* with its flags. The process itself only. */
  | { readonly op: "set-memory-policy"; readonly mode: number; readonly nodes: readonly number[] }
  /** personality(2). */
  | { readonly op: "personality"; readonly persona: number }
  /** umask(2). */
  | { readonly op: "umask"; readonly mask: number }
  /** Joins a new session keyring that its user may search: keyctl(2). */
  | { readonly op: "new-session-keyring"; readonly name: string }
  /** setsid(2). */
  | { readonly op: "setsid" }
  /**
   * Opens a pty at the root's /dev/ptmx, makes its slave the controlling
   * terminal and descriptors 0 to 2, and hands the master to the launcher. A
   * `console` is a file that the slave is bound over (`/dev/console`). Sizes of
   * 0 leave the kernel's. Needs `setsid`; only with `terminal` in the plan.
   */
  | {
      readonly op: "open-terminal";
      readonly columns: number;
      readonly rows: number;
      readonly plainNewlines?: boolean;
      readonly console?: string;
    }
  /** Gives descriptors 0 to 2 to `uid`, unless they are /dev/null, so that /dev/stdout can be opened again. */
  | { readonly op: "own-stdio"; readonly uid: number }
  /**
   * chdir(2), refused where it ends outside the root. Twice in a plan, as runc:
   * `try` before the change of user, where EACCES and EPERM are no failure, and
   * `must` after it, which does nothing where the first succeeded.
   */
  | { readonly op: "chdir"; readonly path: string; readonly attempt: "try" | "must" };

/** Who the process is and what it may. */
export type IdentityOperation =
  /** Drops what is not in `keep` from the bounding set: capabilities(7). */
  | { readonly op: "limit-bounding-capabilities"; readonly keep: bigint }
  /** prctl(2) PR_SET_KEEPCAPS: permitted capabilities outlast `set-uid`. */
  | { readonly op: "keep-capabilities"; readonly keep: boolean }
  /** capset(2). Bits that the process doesn't have are refused by the kernel. */
  | {
      readonly op: "set-capabilities";
      readonly effective: bigint;
      readonly permitted: bigint;
      readonly inheritable: bigint;
    }
  /** Clears the ambient set and raises these: PR_CAP_AMBIENT. */
  | { readonly op: "set-ambient-capabilities"; readonly ambient: bigint }
  /** setgroups(2). */
  | { readonly op: "set-groups"; readonly gids: readonly number[] }
  /** setresgid(2), all three. */
  | { readonly op: "set-gid"; readonly gid: number }
  /** setresuid(2), all three. */
  | { readonly op: "set-uid"; readonly uid: number }
  /** prctl(2) PR_SET_NO_NEW_PRIVS. */
  | { readonly op: "no-new-privileges" }
  /**
   * Installs a filter: seccomp(2) SECCOMP_SET_MODE_FILTER. `program` is an array
   * of struct sock_filter in the machine's byte order, `flags`
   * SECCOMP_FILTER_FLAG_*. After it the launcher's child needs read, write,
   * close, close_range, execve and exit_group only (rt_sigaction too, for a
   * `barrier`).
   */
  | { readonly op: "seccomp"; readonly program: Uint8Array; readonly flags: number };

/** Programs and the points where the child waits. */
export type ExecOperation =
  /**
   * Reports that this point was reached and waits for the agent. The one named
   * `start` is the state "created". A signal that would end an ordinary
   * process ends the waiting child with 128 + its number.
   */
  | { readonly op: "barrier"; readonly name: string }
  /**
   * Runs a program in the process's namespaces (a hook) with `stdin` as its
   * input, and waits. A status that isn't 0, a signal, or more than `timeoutMs`
   * (0: no limit; then it is killed) fails with ECHILD or ETIMEDOUT; the detail
   * says which, and has the first 255 bytes of its output and errors.
   */
  | {
      readonly op: "run";
      readonly path: string;
      readonly args: readonly string[];
      readonly env: readonly string[];
      /** With what `default-home` found where `env` has no HOME. */
      readonly addHome?: boolean;
      readonly stdin: string | Uint8Array;
      readonly timeoutMs: number;
    }
  /**
   * Looks the home directory of `uid` up in the root's /etc/passwd, for `exec`
   * to use where its environment has no HOME or an empty one.
   */
  | { readonly op: "default-home"; readonly uid: number; readonly fallback: string }
  /**
   * Finds the program for `exec`, as Go's exec.LookPath does in runc: a name with
   * a slash as it is, else in the absolute directories of `searchPath` (a PATH value);
   * checked for being an executable file with the process's own rights.
   * Fails with ENOENT, EACCES, EISDIR ... and the name as detail.
   */
  | { readonly op: "find-executable"; readonly file: string; readonly searchPath: string }
  /**
   * Closes every other descriptor and runs what `find-executable` found: execve(2). The last of the list `child`.
   * With `saysFailure` a program that can't be run counts as one that was: the reason goes to its standard error,
   * and it ends with 255.
   */
  | {
      readonly op: "exec";
      readonly args: readonly string[];
      readonly env: readonly string[];
      readonly saysFailure?: boolean;
    };

/** What concerns the machine as a whole, or a cgroup. */
export type MachineOperation =
  /**
   * Attaches a program (an array of struct bpf_insn) to a cgroup directory that
   * decides over accesses to devices, and detaches those that were there:
   * bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE. The verifier's words become the detail.
   */
  | { readonly op: "set-device-filter"; readonly path: string; readonly program: Uint8Array }
  /**
   * Attaches a program that sees, and may change, the addresses that a cgroup's processes speak to: bpf(2),
   * BPF_PROG_TYPE_CGROUP_SOCK_ADDR. `attachType` is one of ATTACH_TYPES. Otherwise as `set-device-filter`.
   */
  | {
      readonly op: "attach-address-program";
      readonly path: string;
      readonly attachType: number;
      readonly program: Uint8Array;
    }
  /**
   * clock_settime(2) of CLOCK_REALTIME: to what it shows now if it showed `realtimeNs` (nanoseconds since the epoch)
   * when CLOCK_MONOTONIC showed `monotonicNs`. Fails with EINVAL for a moment that is still to come.
   */
  | { readonly op: "set-clock"; readonly realtimeNs: bigint; readonly monotonicNs: bigint }
  /**
   * Adds up to 1,024 bytes as entropy (RNDADDENTROPY) and has the kernel's generator use them at once (RNDRESEEDCRNG):
   * random(4). Fails with E2BIG for more.
   */
  | { readonly op: "reseed-random"; readonly seed: Uint8Array }
  /**
   * Mounts a share of virtiofs. Its device may have been plugged just now: it is waited for.
   *
   * `ENODEV` after `timeoutMs` milliseconds.
   */
  | { readonly op: "mount-share"; readonly tag: string; readonly destination: string; readonly timeoutMs: number }
  /**
   * Looks a path up: statx(2). What a share's server has mounted there is mounted in the guest then, for all
   * namespaces that are made of this one later; each that comes to it first has a mount, and a device number, of its own.
   */
  | { readonly op: "look-up"; readonly path: string }
  /** Holds the file at a path in the root for `refresh-kept`, whatever is mounted there later. */
  | { readonly op: "keep-file"; readonly path: string }
  /**
   * Asks whoever serves the kept files for their sizes and times: statx(2) with AT_STATX_FORCE_SYNC. The guest's kernel
   * believes for a second what it has been told of them, and then contents as well.
   */
  | { readonly op: "refresh-kept" };

/** Checkpoints: criu(8). */
export type CriuOperation =
  /**
   * Sends `request` (a criu_req of CRIU's rpc.proto) to CRIU's service, and waits for the outcome. `images` and `work`
   * are directories, and descriptors 64 and 65 in the request. With `restores`, in the list `between` only, the process
   * that CRIU makes is the plan's child, and runs; its pipes are descriptors 70 to 72 for CRIU. Fails with
   * CRIU's errno and its message as detail; ENOENT where the image has no CRIU.
   */
  {
    readonly op: "criu";
    readonly images: string;
    readonly work: string;
    readonly request: Uint8Array;
    readonly restores: boolean;
  };
