import { existsSync, realpathSync, statfsSync, statSync } from "node:fs";
import { isAbsolute, join, posix } from "node:path";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { idMapText } from "../../oci/id-map-text.js";
import { isBindMount } from "../../oci/is-bind-mount.js";
import type { Linux } from "../../oci/linux.js";
import type { IdMapping, Mount } from "../../oci/mount.js";
import { podRole } from "../../oci/pod-annotations.js";
import { knownMountOptions, PROPAGATION_OPTIONS } from "../../oci/tables/mount-options.js";
import { userNamespaceMappings } from "../../oci/user-namespace-mappings.js";
import { hasMountsBelow, type MountEntry, mountOf } from "../resource/mount-table.js";
import type { PodMemory } from "../sandbox/container-order.js";
import type { BindSource, Idmap, OverlaySource, SharedMount } from "../resource/shared-mount.js";
import { inheritMountFlags } from "./inherit-mount-flags.js";

/** statfs(2). */
const TMPFS_MAGIC = 0x01021994;

/** The mounts of config.json, split between the host and the guest. */
export interface PreparedMounts {
  /** What the guest mounts: bind mounts have the flags that their sources give them. */
  readonly mounts: readonly Mount[];
  /** What the host shares for them. */
  readonly sharedMounts: readonly SharedMount[];
  /** By a mount's index: paths in the container's root that it binds, as earlier mounts have made them. */
  readonly rootSources: Readonly<Record<number, string>>;
  /** Of a pod's container: the mount of the memory that the pod's containers share. */
  readonly podMemory?: PodMemory;
}

/** Where the bind mounts of a bundle come from. */
export interface MountOrigin {
  /** Absolute path, which relative sources count from. */
  readonly bundle: string;
  /** Absolute path of the root filesystem. */
  readonly rootfs: string;
  /** The host's mounts. */
  readonly table: readonly MountEntry[];
}

/**
 * Prepares the mounts of config.json. Sources of bind mounts are checked here,
 * so that a missing one is found before a VM is started.
 *
 * @throws TskataError for a source that is missing, or that a user namespace can't take as it is asked for
 */
export function prepareMounts(spec: Spec, origin: MountOrigin): PreparedMounts {
  const sharedMounts: SharedMount[] = [];
  const rootSources: Record<number, string> = {};
  let podMemory: PodMemory | undefined;
  const mounts = (spec.mounts ?? []).filter(isForGuest).map((asked, index) => {
    const mount = { ...asked, destination: insideRoot(asked.destination, origin.rootfs) ?? asked.destination };
    if (!isBindMount(mount)) {
      if (mount.type !== "overlay") return mount;
      const { overlay, bind } = prepareOverlay(mount, index);
      sharedMounts.push(overlay);
      return bind;
    }
    const path = sourcePath(mount, origin);
    const inside = insideRoot(path, origin.rootfs);
    if (inside !== undefined) {
      rootSources[index] = inside;
      return mount;
    }
    const bytes = podMemoryBytes(spec, mount, path, origin.table);
    if (bytes !== undefined) {
      podMemory = { index, bytes };
      return mount;
    }
    const { bind, options } = prepareBind(mount, index, path, spec.linux ?? {}, origin.table);
    sharedMounts.push(bind);
    return { ...mount, options };
  });
  return { mounts, sharedMounts, rootSources, ...(podMemory && { podMemory }) };
}

/**
 * A pod's /dev/shm is a tmpfs of the host's own in the CRI, which holds nothing before the pod does. The guest has one in
 * its place, since memory is shared better without a file server between.
 *
 * @returns its size; undefined for any other mount
 */
function podMemoryBytes(
  { annotations }: Spec,
  { destination }: Mount,
  source: string,
  table: readonly MountEntry[],
): number | undefined {
  if (destination !== "/dev/shm" || podRole(annotations) === undefined || !existsSync(source)) return undefined;
  const real = realpathSync(source);
  const { type, blocks, bsize } = statfsSync(real);
  return type === TMPFS_MAGIC && mountOf(real, table)?.mountPoint === real ? blocks * bsize : undefined;
}

/**
 * A host with cgroups of version 1 has a hierarchy for systemd, which Podman gives a container with systemd. The guest
 * has version 2, with nothing below it that could be mounted on, and whose systemd wants no other.
 */
function isForGuest(mount: Mount): boolean {
  const [destination, source] = [mount.destination, mount.source ?? ""].map((path) => posix.normalize(path));
  return !isBindMount(mount) || ![destination, source].every((path) => path?.startsWith("/sys/fs/cgroup/"));
}

/** What the container calls a path in its root; as in runc destinations may be given as the host's paths too. */
function insideRoot(path: string, rootfs: string): string | undefined {
  const inside = posix.relative(rootfs, posix.resolve("/", path));
  return inside === "" || inside === ".." || inside.startsWith("../") ? undefined : `/${inside}`;
}

function sourcePath({ source = "", destination }: Mount, { bundle }: MountOrigin): string {
  if (source === "") throw new TskataError("invalid-argument", `bind mount at ${destination}: it names no source`);
  return posix.normalize(isAbsolute(source) ? source : join(bundle, source)).replace(/(?<=.)\/$/, "");
}

function prepareBind(
  mount: Mount,
  index: number,
  source: string,
  linux: Linux,
  table: readonly MountEntry[],
): { readonly bind: BindSource; readonly options: readonly string[] } {
  const { destination, options: asked = [] } = mount;
  if (!existsSync(source)) {
    throw new TskataError("not-found", `bind mount at ${destination}: ${source}: no such file or directory`);
  }
  const real = realpathSync(source);
  const from = mountOf(real, table)?.options ?? [];
  const hasUserNamespace = linux.namespaces?.some(({ type }) => type === "user") === true;
  const options = inheritMountFlags(asked, from, hasUserNamespace, `"${source}" to rootfs at "${destination}"`);
  const readOnly = lastOf(options, ["ro", "rro"], ["rw", "rrw"]);
  const recursive = !options.includes("bind") || options.includes("rbind");
  const idmap = idmapOf(mount, linux);
  const bind = {
    index,
    destination,
    source,
    directory: statSync(real).isDirectory(),
    access: accessOf(options, readOnly, from),
    recursive,
    propagation: propagationOf(asked, linux),
    ...(idmap === undefined ? {} : { idmap }),
  };
  // To the guest it is one filesystem: only the host can let what is mounted below be writable.
  const hostKeepsReadOnly = readOnly && recursive && !options.includes("rro") && hasMountsBelow(real, table);
  return { bind, options: hostKeepsReadOnly ? options.filter((option) => option !== "ro") : options };
}

/** The directories of an overlay are the host's: the guest gets it as a bind mount. */
function prepareOverlay(mount: Mount, index: number): { readonly overlay: OverlaySource; readonly bind: Mount } {
  const { destination, options = [] } = mount;
  const known = new Set(knownMountOptions());
  const own = options.filter((option) => !known.has(option));
  return {
    overlay: { index, destination, overlay: lastOf(options, ["ro"], ["rw"]) ? [...own, "ro"] : own },
    bind: { ...mount, type: "bind", options: ["bind", ...options.filter((option) => known.has(option))] },
  };
}

function accessOf(options: readonly string[], readOnly: boolean, source: readonly string[]): BindSource["access"] {
  if (readOnly) return options.includes("rro") ? "rro" : "ro";
  // A bind mount is as its source unless somebody changes it.
  return source.includes("ro") ? "rw" : "keep";
}

/** As with runc: what the mount asks for, else the root's, which is a slave of the host's by default. */
function propagationOf(options: readonly string[], { rootfsPropagation }: Linux): BindSource["propagation"] {
  const own = options.findLast((option) => option in PROPAGATION_OPTIONS);
  if (own === "private" || own === "unbindable") return "private";
  return ["rprivate", "runbindable"].includes(own ?? rootfsPropagation ?? "") ? "rprivate" : "slave";
}

/** The mount's own mappings, or with the option alone those of the container's user namespace. */
function idmapOf(
  { destination, options = [], uidMappings = [], gidMappings = [] }: Mount,
  linux: Linux,
): Idmap | undefined {
  const option = options.findLast((each) => each === "idmap" || each === "ridmap");
  if (uidMappings.length > 0) return idmap(uidMappings, gidMappings, option);
  if (option === undefined) return undefined;
  const { uids, gids } = userNamespaceMappings(linux);
  if (uids.length === 0 || gids.length === 0) {
    throw new TskataError("invalid-argument", `${destination}: an id-mapped mount needs mappings, found none`);
  }
  return idmap(uids, gids, option);
}

function idmap(uids: readonly IdMapping[], gids: readonly IdMapping[], option: string | undefined): Idmap {
  return { uids: idMapText(uids), gids: idMapText(gids), recursive: option === "ridmap" };
}

/** Whether the last option of either list is one of the first. */
function lastOf(options: readonly string[], yes: readonly string[], no: readonly string[]): boolean {
  const last = options.findLast((option) => yes.includes(option) || no.includes(option));
  return last !== undefined && yes.includes(last);
}
