import { TskataError } from "../../common/error.js";
import type { IdMapping } from "../../oci/mount.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";
import type { HostHooks } from "../hooks/host-hooks.js";
import type { ProcessIdentity } from "./process-identity.js";

/** Status values of the runtime-spec's state, with runc's `paused`. */
export type RecordedStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** How a user namespace maps ids (config-linux.md, "User namespace mappings"). */
export interface IdMappings {
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

/** By type: device and inode of a namespace of the host, with a colon between. */
export type PinnedNamespaces = Readonly<Partial<Record<NamespaceType, string>>>;

/**
 * What is kept of a container on disk, in `<root>/<id>/state.json`. Written by
 * `create` once, then by the sandbox's supervisor at each change of status.
 */
export interface ContainerRecord {
  /** Version of this file's shape. */
  readonly version: 1;
  readonly id: string;
  readonly ociVersion: string;
  readonly status: RecordedStatus;
  /** Absolute path. */
  readonly bundle: string;
  /** Absolute path of the root filesystem on the host. */
  readonly rootfs: string;
  /** ISO 8601 with milliseconds, UTC. */
  readonly created: string;
  /** User id that called `create`. */
  readonly ownerUid: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Those of config.json's hooks that run on the host. */
  readonly hooks: HostHooks;
  /** Those of its user namespace, where it has one. */
  readonly idMappings?: IdMappings;
  /** Namespaces of the host that stand for its own in the VM, where an engine has made some for its pod. */
  readonly pinnedNamespaces?: PinnedNamespaces;
  /** Directories of its cgroups on the host. */
  readonly cgroups: readonly string[];
  /** The unit of systemd that they are. */
  readonly scope?: string;
  /** Network devices of the host that it was given in a network namespace that outlasts it. */
  readonly netDevices?: KeptDevices;
  readonly sandboxId: string;
  /** The VM's run directory (control socket, logs). */
  readonly runDirectory: string;
  /** The VM is from the pool, so that its supervisor may see other mounts than the commands. */
  readonly fromPool?: true;
  /** The process that `create` ran as, until a supervisor answers for the container. */
  readonly creator: ProcessIdentity;
  readonly supervisor?: ProcessIdentity;
  /** The monitor whose pid is in `--pid-file`. */
  readonly monitor?: ProcessIdentity;
  /** Present once stopped: the shell-style exit status. */
  readonly exitStatus?: number;
  /** Why the container stopped, where that was no ordinary exit. */
  readonly failure?: string;
}

/** Devices in a network namespace of the host. */
export interface KeptDevices {
  /** Absolute path of the namespace. */
  readonly namespace: string;
  readonly names: readonly string[];
}

/** The text of a record, for the file. */
export function formatRecord(record: ContainerRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/**
 * Reads a record's text.
 *
 * @throws TskataError `internal` where the file isn't one of ours
 */
export function parseRecord(text: string, path: string): ContainerRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TskataError("internal", `read the container's state from ${path}: the file is not JSON`, { cause });
  }
  if (!isRecord(value)) {
    throw new TskataError("internal", `read the container's state from ${path}: the file has another shape`);
  }
  // Earlier builds kept neither.
  return { ...EARLIER, ...value };
}

const EARLIER = { hooks: {}, cgroups: [] };

function isRecord(value: unknown): value is ContainerRecord {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<Record<keyof ContainerRecord, unknown>>;
  return (
    record.version === 1 &&
    [record.id, record.status, record.bundle, record.rootfs, record.sandboxId, record.runDirectory].every(
      (field) => typeof field === "string",
    ) &&
    typeof record.creator === "object"
  );
}
