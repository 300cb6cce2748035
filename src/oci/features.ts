import { OCI_VERSION } from "./config.js";
import { CAPABILITIES } from "./tables/capabilities.js";
import { HOOK_NAMES } from "./tables/hooks.js";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "./tables/memory-policy.js";
import { knownMountOptions } from "./tables/mount-options.js";
import { NAMESPACES } from "./tables/namespaces.js";
import { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "./tables/seccomp.js";

/** The document that `features` prints (features.md, features-linux.md). */
export interface Features {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks: readonly string[];
  readonly mountOptions: readonly string[];
  readonly linux: LinuxFeatures;
  readonly annotations: Readonly<Record<string, string>>;
  readonly potentiallyUnsafeConfigAnnotations: readonly string[];
}

/** The part about Linux. */
export interface LinuxFeatures {
  readonly namespaces: readonly string[];
  readonly capabilities: readonly string[];
  readonly cgroup: Readonly<Record<"v1" | "v2" | "systemd" | "systemdUser" | "rdma", boolean>>;
  readonly seccomp: {
    readonly enabled: boolean;
    readonly actions: readonly string[];
    readonly operators: readonly string[];
    readonly archs: readonly string[];
    readonly knownFlags: readonly string[];
    readonly supportedFlags: readonly string[];
  };
  readonly apparmor: Enabled;
  readonly selinux: Enabled;
  readonly intelRdt: Enabled;
  readonly memoryPolicy: { readonly modes: readonly string[]; readonly flags: readonly string[] };
  readonly mountExtensions: { readonly idmap: Enabled };
  readonly netDevices: Enabled;
}

/** Whether the runtime has code for something, whatever the machine has. */
export interface Enabled {
  readonly enabled: boolean;
}

/** What this build can do beyond its tables: set where the code that does it is complete. */
export interface BuildFeatures {
  /** Version of tskata. */
  readonly version: string;
  /** Commit that it was built from; empty where unknown. */
  readonly commit: string;
  /** Mandatory access control in the guest kernel. */
  readonly apparmor: boolean;
  readonly selinux: boolean;
  readonly idmappedMounts: boolean;
  readonly netDevices: boolean;
  readonly checkpoint: boolean;
  /** Host cgroups through systemd (`--systemd-cgroup`). */
  readonly systemdCgroup: boolean;
  /** Names of config.json annotations that may change the VM, or prefixes that end in a dot. */
  readonly vmAnnotations: readonly string[];
}

/**
 * The features document of this runtime. Its lists are the keys of the tables
 * that the runtime itself works with, so it can't promise what isn't there.
 */
export function describeFeatures(build: BuildFeatures): Features {
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: OCI_VERSION,
    hooks: HOOK_NAMES,
    mountOptions: knownMountOptions(),
    linux: {
      namespaces: Object.keys(NAMESPACES),
      capabilities: Object.keys(CAPABILITIES),
      // The guest has cgroup v2 alone; v1-style values of config.json are converted to it.
      cgroup: { v1: false, v2: true, systemd: build.systemdCgroup, systemdUser: false, rdma: false },
      seccomp: {
        enabled: true,
        actions: Object.keys(SECCOMP_ACTIONS),
        operators: SECCOMP_OPERATORS,
        archs: Object.keys(SECCOMP_ARCHITECTURES),
        knownFlags: Object.keys(SECCOMP_FLAGS),
        supportedFlags: Object.keys(SECCOMP_FLAGS),
      },
      apparmor: { enabled: build.apparmor },
      selinux: { enabled: build.selinux },
      intelRdt: { enabled: false },
      memoryPolicy: { modes: Object.keys(MEMORY_POLICY_MODES), flags: Object.keys(MEMORY_POLICY_FLAGS) },
      mountExtensions: { idmap: { enabled: build.idmappedMounts } },
      netDevices: { enabled: build.netDevices },
    },
    annotations: {
      "io.tskata.version": build.version,
      ...(build.commit === "" ? {} : { "io.tskata.commit": build.commit }),
      "io.tskata.checkpoint.enabled": String(build.checkpoint),
    },
    potentiallyUnsafeConfigAnnotations: build.vmAnnotations,
  };
}
