import type { Integer } from "./integer.js";
import type { LinuxResources } from "./linux-resources.js";
import type { LinuxSeccomp } from "./linux-seccomp.js";
import type { IdMapping } from "./mount.js";
import type { MemoryPolicyFlag, MemoryPolicyMode } from "./tables/memory-policy.js";
import type { NamespaceType } from "./tables/namespaces.js";
import type { PersonalityDomain } from "./tables/personality.js";

/** `linux` of config.json (config-linux.md). */
export interface Linux {
  /** Types that are not listed are the runtime's own namespaces. */
  readonly namespaces?: readonly LinuxNamespace[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  /** By clock. */
  readonly timeOffsets?: { readonly boottime?: LinuxTimeOffset; readonly monotonic?: LinuxTimeOffset };
  readonly devices?: readonly LinuxDevice[];
  /** Network devices of the host's namespace to move into the container, by name. */
  readonly netDevices?: Readonly<Record<string, LinuxNetDevice>>;
  /** Relative to the cgroup mount point where absolute; with systemd `slice:prefix:name`. */
  readonly cgroupsPath?: string;
  readonly resources?: LinuxResources;
  readonly rootfsPropagation?: RootfsPropagation;
  readonly seccomp?: LinuxSeccomp;
  /** Kernel parameters in dotted or slashed form. */
  readonly sysctl?: Readonly<Record<string, string>>;
  /** Absolute paths in the container. */
  readonly maskedPaths?: readonly string[];
  /** Absolute paths in the container. */
  readonly readonlyPaths?: readonly string[];
  /** SELinux context of the mounts. */
  readonly mountLabel?: string;
  readonly intelRdt?: LinuxIntelRdt;
  readonly memoryPolicy?: LinuxMemoryPolicy;
  readonly personality?: LinuxPersonality;
}

/** A namespace: new, or the one at `path`. */
export interface LinuxNamespace {
  readonly type: NamespaceType;
  /** Absolute path on the host; a new namespace where absent or empty. */
  readonly path?: string;
}

/** Offset of a clock: `secs` may be negative; absent numbers are 0. */
export interface LinuxTimeOffset {
  readonly secs?: Integer;
  readonly nanosecs?: number;
}

/** A device node to create in the container. */
export interface LinuxDevice {
  /** Character, block, unbuffered character, or fifo. */
  readonly type: "c" | "b" | "u" | "p";
  readonly path: string;
  /** Needed unless a fifo. */
  readonly major?: Integer;
  /** Needed unless a fifo. */
  readonly minor?: Integer;
  /** Permissions; engines may leave the bits of the file's type in. */
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A network device to move; keeps its name where `name` is absent. */
export interface LinuxNetDevice {
  readonly name?: string;
}

/** Mount propagation of the root file system; the `r` forms are runc's recursive ones, empty is as absent. */
export type RootfsPropagation =
  "" | "private" | "shared" | "slave" | "unbindable" | "rprivate" | "rshared" | "rslave" | "runbindable";

/** Intel Resource Director Technology. */
export interface LinuxIntelRdt {
  readonly closID?: string;
  readonly schemata?: readonly string[];
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
  readonly enableMonitoring?: boolean;
}

/** Arguments of set_mempolicy(2); `nodes` is a list such as `0-3,7`. */
export interface LinuxMemoryPolicy {
  readonly mode: MemoryPolicyMode;
  readonly nodes?: string;
  readonly flags?: readonly MemoryPolicyFlag[];
}

/** Argument of personality(2). No flag is defined so far. */
export interface LinuxPersonality {
  readonly domain: PersonalityDomain;
  readonly flags?: readonly string[];
}
