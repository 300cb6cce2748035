import { posix } from "node:path";
import { TskataError } from "../../common/error.js";
import type { Mount } from "../../oci/mount.js";
import { MOUNT_ATTR, PROPAGATION } from "../kernel/constants.js";
import type { MountAttributes, Operation, Source } from "../kernel/operation.js";
import { parseMountOptions } from "./mount-options.js";
import type { ParsedMountOptions } from "./mount-options.js";
import type { SlotAllocator } from "./slot-allocator.js";

/** The source of a bind mount as the guest sees it. */
export interface BindSource {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** What the mounts of a container depend on. */
export interface MountContext {
  /** By the index of the mount in config.json. */
  readonly bindSources: ReadonlyMap<number, BindSource>;
  /** By that index: sources in the container's own root, as earlier mounts have made them. */
  readonly rootSources: ReadonlyMap<number, string>;
  /** The container's cgroup directory. */
  readonly cgroup: string;
  readonly hasUserNamespace: boolean;
  readonly hasCgroupNamespace: boolean;
  readonly slots: SlotAllocator;
}

/** The operations of one mount, by where they belong. */
export interface MountOperations {
  /** In the launcher, outside of a user namespace. */
  readonly before: readonly Operation[];
  /** In the child, in the order of config.json. */
  readonly child: readonly Operation[];
  /** In the child, when the root is complete. */
  readonly late: readonly Operation[];
}

/** Filesystems whose `ro` is an attribute of the mount and not of the (shared, or yet to be filled) filesystem. */
const READONLY_BY_MOUNT: ReadonlySet<string> = new Set(["proc", "sysfs", "tmpfs", "mqueue", "devpts", "cgroup2"]);

/** Files in /proc that emulations such as lxcfs may cover; all else there is the kernel's. */
const COVERABLE_IN_PROC: ReadonlySet<string> = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
  "/proc/loadavg",
  "/proc/slabinfo",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/sys/crypto/fips_enabled",
]);

/**
 * Plans one entry of `mounts` (config.md, "Mounts").
 *
 * @throws TskataError `invalid-argument` for a mount inside /proc, or a bind
 *   mount that asks for what only a filesystem has; `internal` where the host
 *   gave no source
 */
export function mountOperations(mount: Mount, index: number, context: MountContext): MountOperations {
  const options = parseMountOptions(mount.options ?? []);
  const destination = posix.resolve("/", mount.destination);
  if (destination.startsWith("/proc/") && !COVERABLE_IN_PROC.has(destination)) {
    throw new TskataError("invalid-argument", `"${destination}" cannot be mounted because it is inside /proc`);
  }
  const operations = placed(mount, index, destination, options, context);
  const [first, ...others] = options.propagation.length > 1 ? options.propagation : [];
  return {
    before: operations.before,
    child: [
      ...operations.child,
      ...(first === undefined ? [] : [first, ...others].map((type) => propagate(destination, type))),
    ],
    late: isLateReadonly(destination, options) ? [setReadonly(destination)] : [],
  };
}

type Placed = Pick<MountOperations, "before" | "child">;

function placed(
  mount: Mount,
  index: number,
  destination: string,
  options: ParsedMountOptions,
  context: MountContext,
): Placed {
  const attributes = mountAttributes(destination, options);
  if (options.remount) return { before: [], child: [{ op: "set-mount-attributes", path: destination, attributes }] };
  if (options.bind !== "none" || mount.type === "bind") {
    return bindMount(mount, index, destination, options, attributes, context);
  }
  const directory: Operation = { op: "make-directory", path: destination, mode: 0o755 };
  const keepMode = mount.type === "tmpfs" && !options.data.some((option) => option.startsWith("mode="));
  const type = mount.type === "cgroup" ? "cgroup2" : (mount.type ?? "");
  // Without a cgroup namespace the container still sees its own cgroup only.
  if (type === "cgroup2" && !context.hasCgroupNamespace) {
    const source: Source = { path: context.cgroup };
    return { before: [], child: [directory, { op: "bind", source, destination, recursive: false, attributes }] };
  }
  // A new sysfs would need a network namespace that belongs to the user namespace. The guest's is taken without the
  // cgroups below it, of which the container is to see its own only.
  if (type === "sysfs" && context.hasUserNamespace) {
    // What is mounted on it in the container is not to appear in the guest's own.
    const apart = { propagation: PROPAGATION.private };
    return bindClone("/sys", directory, { destination, recursive: false, attributes }, context, apart);
  }
  // What the kernel tells is looked for in these places: a rootfs must not lead them elsewhere.
  const ordinary: Operation[] =
    type === "proc" || type === "sysfs" ? [{ op: "refuse-symlink", path: destination }] : [];
  const superblock = options.readonly && !READONLY_BY_MOUNT.has(type) ? ["ro"] : [];
  return {
    before: [],
    child: [
      ...ordinary,
      ...(keepMode ? [] : [directory]),
      {
        op: "mount",
        type,
        source: mount.source ?? type,
        destination,
        options: type === "cgroup2" ? options.data : [...options.data, ...superblock],
        attributes,
        ...(options.copyUp ? { copyUp: true } : {}),
        ...(keepMode ? { keepMode } : {}),
      },
    ],
  };
}

/** One propagation type comes with the mount, several are applied after it. */
function mountAttributes(destination: string, options: ParsedMountOptions): MountAttributes {
  const [propagation, ...more] = options.propagation;
  const { set = 0, ...others } = options.attributes;
  const now = isLateReadonly(destination, options) ? set & ~MOUNT_ATTR.readonly : set;
  return {
    ...(now === 0 ? {} : { set: now }),
    ...others,
    ...(propagation === undefined || more.length > 0 ? {} : { propagation }),
  };
}

/** Devices are still to be made in /dev. */
function isLateReadonly(destination: string, options: ParsedMountOptions): boolean {
  return destination === "/dev" && options.readonly;
}

function setReadonly(path: string): Operation {
  return { op: "set-mount-attributes", path, attributes: { set: MOUNT_ATTR.readonly } };
}

function propagate(path: string, propagation: number): Operation {
  return { op: "set-mount-attributes", path, attributes: { propagation } };
}

function bindMount(
  mount: Mount,
  index: number,
  destination: string,
  options: ParsedMountOptions,
  attributes: MountAttributes,
  context: MountContext,
): Placed {
  const inRoot = context.rootSources.get(index);
  const recursive = options.bind !== "single";
  if (inRoot !== undefined) {
    return { before: [], child: [{ op: "bind-in-root", source: inRoot, destination, recursive, attributes }] };
  }
  const source = context.bindSources.get(index);
  if (source === undefined) {
    throw new TskataError("internal", `mounts[${index}] (${destination}): the host gave no source for it`);
  }
  const place: Operation = source.isDirectory
    ? { op: "make-directory", path: destination, mode: 0o755 }
    : { op: "make-file", path: destination, mode: 0o755 };
  // Engines write some, such as resolv.conf, when the network is there.
  const kept: Operation[] = source.isDirectory ? [] : [{ op: "keep-file", path: destination }];
  if (!context.hasUserNamespace) {
    return {
      before: [{ op: "look-up", path: source.path }],
      child: [place, { op: "bind", source: { path: source.path }, destination, recursive, attributes }, ...kept],
    };
  }
  const { before, child } = bindClone(source.path, place, { destination, recursive, attributes }, context);
  return { before, child: [...child, ...kept] };
}

/**
 * What belongs to the guest's first user namespace is cloned there: the
 * container's has its mounts locked together.
 *
 * @param attributes of the clone from its beginning
 */
function bindClone(
  path: string,
  place: Operation,
  bind: Omit<Extract<Operation, { op: "bind" }>, "op" | "source">,
  { slots }: MountContext,
  attributes?: MountAttributes,
): Placed {
  const slot = slots.next();
  return {
    before: [{ op: "open-tree", slot, path, recursive: bind.recursive, ...(attributes && { attributes }) }],
    child: [place, { op: "bind", source: { slot }, ...bind }],
  };
}
