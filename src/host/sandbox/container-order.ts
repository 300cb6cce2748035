import type { NamespaceType } from "../../oci/tables/namespaces.js";
import type { CriuOptions } from "../../protocol/gen/agent_pb.js";
import type { SharedMount } from "../resource/shared-mount.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { CheckpointDirectories } from "./checkpoint-directories.js";
import type { SeccompAgent } from "./seccomp-notifier.js";

/** A checkpoint, and how it is to be restored. */
export interface RestoreOrder {
  readonly directories: CheckpointDirectories;
  readonly options: CriuOptions;
}

/** A mount of the memory that the containers of a pod share (shm_overview(7)). */
export interface PodMemory {
  /** Index in the config's `mounts`. */
  readonly index: number;
  /** Its size, where the VM has none yet. */
  readonly bytes: number;
}

/** What `create` wants made: a container, in a VM that boots for it or in one that runs. */
export interface ContainerOrder {
  readonly record: ContainerRecord;
  /** config.json, checked and in its normal form, as JSON text for the guest; 64-bit integers have all their digits. */
  readonly specJson: string;
  /** Its linux.resources alone, likewise. */
  readonly resourcesJson: string;
  readonly terminal: boolean;
  /** The terminal leaves newlines as they are. */
  readonly plainNewlines: boolean;
  /** Its further descriptors: `parsePreservedFds`. */
  readonly preservedFds: string;
  readonly sharedMounts: readonly SharedMount[];
  /** Where its pod has some. */
  readonly podMemory?: PodMemory;
  /** Root filesystem and bind sources are what the monitor sees, not the supervisor. */
  readonly asMonitorSees: boolean;
  /**
   * Monitor and hooks come before anything of the container is made. Otherwise it is made while the monitor starts: nothing
   * of it depends on that.
   */
  readonly monitorFirst: boolean;
  /** By a mount's index: paths in the container's own root that it binds. */
  readonly rootSources: Readonly<Record<number, string>>;
  /** By a device's index: the name that the host's kernel has for it. */
  readonly hostDevices: Readonly<Record<number, string>>;
  /** By the type of each namespace that has a path: the id of the container that it is joined from. */
  readonly namespaceOwners: Readonly<Partial<Record<NamespaceType, string>>>;
  /** The monitor's connections carry it. */
  readonly token: string;
  /** The checkpoint that it is restored from; then it isn't begun, and runs at once. */
  readonly restore?: RestoreOrder;
  /** Where the container's profile has one. */
  readonly seccompAgent?: SeccompAgent;
}
