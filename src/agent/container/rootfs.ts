import { posix } from "node:path";
import type { Spec } from "../../oci/config.js";
import { isBindMount } from "../../oci/is-bind-mount.js";
import type { RootfsPropagation } from "../../oci/linux.js";
import type { Mount } from "../../oci/mount.js";
import { MOUNT_ATTR, PROPAGATION } from "../kernel/constants.js";
import type { Operation, Source } from "../kernel/operation.js";
import { DEVICE_LINKS, deviceNodes, nodeOperations } from "./device-nodes.js";
import type { NodePlacement } from "./device-nodes.js";
import { mountOperations } from "./mounts.js";
import type { MountContext } from "./mounts.js";
import type { TerminalSize } from "./plan-input.js";

/** Where the root is put together; a directory of the guest's. */
export const ROOT_MOUNT_POINT = "/run/tskata/root";

/** What the root filesystem depends on. */
export interface RootfsContext extends MountContext {
  /** Where the guest sees the root filesystem. */
  readonly rootfsPath: string;
  /** Directory for nodes that can't be made where they belong. */
  readonly stagingDirectory: string;
  readonly terminalSize: TerminalSize;
}

/** The operations that build the container's root, by where they belong. */
export interface RootfsOperations {
  /** In the launcher, outside of a user namespace. */
  readonly before: readonly Operation[];
  /** In the child: everything up to the new root, and the terminal in it. */
  readonly build: readonly Operation[];
  /** In the child: what closes it, after hooks and before the process's own settings. */
  readonly close: readonly Operation[];
  /** In the child, once it is started: files of the host's may have changed since they were mounted. */
  readonly refresh: readonly Operation[];
}

const PROPAGATION_TYPES: Readonly<Record<Exclude<RootfsPropagation, "">, number>> = {
  private: PROPAGATION.private,
  shared: PROPAGATION.shared,
  slave: PROPAGATION.slave,
  unbindable: PROPAGATION.unbindable,
  rprivate: PROPAGATION.private | PROPAGATION.recursive,
  rshared: PROPAGATION.shared | PROPAGATION.recursive,
  rslave: PROPAGATION.slave | PROPAGATION.recursive,
  runbindable: PROPAGATION.unbindable | PROPAGATION.recursive,
};

/** Plans root, mounts, devices, terminal, masks and read-only paths of a container. */
export function rootfsOperations(spec: Spec, context: RootfsContext): RootfsOperations {
  const linux = spec.linux ?? {};
  const mounts = (spec.mounts ?? []).map((mount, index) => mountOperations(mount, index, context));
  const root = rootMount(context);
  const devices = hasForeignDev(spec.mounts ?? []) ? undefined : deviceOperations(spec, context);
  const readonlyRoot: Operation[] =
    spec.root?.readonly === true
      ? [{ op: "set-mount-attributes", path: "/", attributes: { set: MOUNT_ATTR.readonly } }]
      : [];
  const propagation = linux.rootfsPropagation === "" ? undefined : linux.rootfsPropagation;
  const mounted = mounts.flatMap(({ child }) => child);
  return {
    before: [
      { op: "make-directory", path: ROOT_MOUNT_POINT, mode: 0o755 },
      ...root.before,
      ...(context.hasUserNamespace ? mountPoints(spec.mounts ?? [], context) : []),
      ...mounts.flatMap(({ before }) => before),
      ...(devices?.before ?? []),
    ],
    build: [
      ...treePropagation(propagation),
      ...root.child,
      { op: "set-root", path: ROOT_MOUNT_POINT },
      ...mounted,
      ...(devices?.child ?? []),
      { op: "pivot-root" },
      ...(propagation === undefined ? [] : [setPropagation(PROPAGATION_TYPES[propagation])]),
      ...(spec.process === undefined
        ? []
        : [{ op: "make-directory", path: spec.process.cwd, mode: 0o755 } as const satisfies Operation]),
      ...(spec.process?.terminal === true ? terminalOperations(context.terminalSize) : []),
    ],
    close: [
      ...mounts.flatMap(({ late }) => late),
      ...readonlyRoot,
      ...distinct(linux.readonlyPaths).map((path): Operation => ({ op: "readonly-path", path })),
      ...distinct(linux.maskedPaths).map((path): Operation => ({ op: "mask-path", path })),
    ],
    refresh: mounted.some(({ op }) => op === "keep-file") ? [{ op: "refresh-kept" }] : [],
  };
}

/**
 * Missing places for mounts, made while there is still somebody whom the files
 * of the root belong to: root in a user namespace may not even be that. Places
 * in an earlier mount are its own.
 */
function mountPoints(mounts: readonly Mount[], { rootfsPath, bindSources, rootSources }: RootfsContext): Operation[] {
  const earlier: string[] = [];
  const places = mounts.flatMap(({ destination, type }, index): Operation[] => {
    const path = posix.resolve("/", destination);
    const isCovered = earlier.some((prefix) => path.startsWith(prefix));
    earlier.push(posix.join(path, "/"));
    if (isCovered || path === "/" || rootSources.has(index)) return [];
    const isFile = bindSources.get(index)?.isDirectory === false;
    if (isFile) return [{ op: "make-file", path, mode: 0o755 }];
    // A tmpfs takes the mode of the directory that it covers.
    return [{ op: "make-directory", path, mode: type === "tmpfs" ? 0o1777 : 0o755 }];
  });
  return [{ op: "set-root", path: rootfsPath }, ...places, { op: "leave-root" }];
}

function distinct(paths: readonly string[] = []): string[] {
  return [...new Set(paths)];
}

function setPropagation(propagation: number): Operation {
  return { op: "set-mount-attributes", path: "/", attributes: { propagation } };
}

/**
 * What the guest mounts later comes into the container, and nothing the other
 * way, unless config.json shares the root. Then bind mounts may share with
 * their source, and only the place of the root itself has to be private
 * (pivot_root(2)).
 */
function treePropagation(propagation: RootfsPropagation | undefined): Operation[] {
  if (propagation !== "shared" && propagation !== "rshared") {
    return [setPropagation(PROPAGATION.slave | PROPAGATION.recursive)];
  }
  return [
    {
      op: "bind",
      source: { path: ROOT_MOUNT_POINT },
      destination: ROOT_MOUNT_POINT,
      recursive: false,
      attributes: { propagation: PROPAGATION.private },
    },
  ];
}

function rootMount(context: RootfsContext): {
  readonly before: readonly Operation[];
  readonly child: readonly Operation[];
} {
  const attributes = { propagation: PROPAGATION.private };
  const bind = (source: Source): Operation => {
    return { op: "bind", source, destination: ROOT_MOUNT_POINT, recursive: true, attributes };
  };
  if (!context.hasUserNamespace) {
    const { rootfsPath: path } = context;
    return { before: [{ op: "look-up", path }], child: [bind({ path })] };
  }
  const slot = context.slots.next();
  return {
    before: [{ op: "open-tree", slot, path: context.rootfsPath, recursive: true }],
    child: [bind({ slot })],
  };
}

/** A /dev that is bound from somewhere is left as it is. */
function hasForeignDev(mounts: readonly Mount[]): boolean {
  return mounts.some((mount) => posix.resolve("/", mount.destination) === "/dev" && isBindMount(mount));
}

function deviceOperations(
  spec: Spec,
  context: RootfsContext,
): { readonly before: readonly Operation[]; readonly child: readonly Operation[] } {
  const nodes = deviceNodes(spec.linux?.devices).map((node, index) =>
    nodeOperations(node, index, nodePlacement(node.path, spec.mounts ?? [], context)),
  );
  return {
    before: nodes.flatMap(({ before }) => before),
    child: [...nodes.flatMap(({ child }) => child), ...DEVICE_LINKS],
  };
}

/** Nodes can be made on a filesystem of the guest's memory only, and not in a user namespace. */
function nodePlacement(path: string, mounts: readonly Mount[], context: RootfsContext): NodePlacement {
  const covering = mounts
    .map(({ destination, type }) => ({ prefix: posix.join("/", destination, "/"), type }))
    .filter(({ prefix }) => posix.resolve("/", path).startsWith(prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
  if (!context.hasUserNamespace && covering?.type === "tmpfs") return { kind: "make" };
  return { kind: "bind", stagingDirectory: context.stagingDirectory };
}

function terminalOperations(size: TerminalSize): Operation[] {
  return [
    { op: "make-file", path: "/dev/console", mode: 0o666 },
    { op: "open-terminal", ...size, console: "/dev/console" },
  ];
}
