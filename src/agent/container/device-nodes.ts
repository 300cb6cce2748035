import { toSafeNumber } from "../../oci/integer.js";
import type { LinuxDevice } from "../../oci/linux.js";
import { MOUNT_ATTR } from "../kernel/constants.js";
import type { Operation } from "../kernel/operation.js";

/** A node to make, with all that stat(2) shows of it. */
export type DeviceNode = Omit<Extract<Operation, { op: "make-node" }>, "op">;

const PERMISSION_BITS = 0o7777;
const DEFAULT_MODE = 0o666;

function character(path: string, major: number, minor: number): DeviceNode {
  return { path, type: "char", major, minor, mode: DEFAULT_MODE, uid: 0, gid: 0 };
}

/** Of a node that is bound: the mount that it comes from has them too. */
const NODE_ATTRIBUTES = { set: MOUNT_ATTR.nosuid | MOUNT_ATTR.noexec };

/** config-linux.md, "Default Devices"; /dev/ptmx and /dev/console come elsewhere. */
const DEFAULT_NODES: readonly DeviceNode[] = [
  character("/dev/null", 1, 3),
  character("/dev/zero", 1, 5),
  character("/dev/full", 1, 7),
  character("/dev/random", 1, 8),
  character("/dev/urandom", 1, 9),
  character("/dev/tty", 5, 0),
];

/** The default devices, but for those that config.json has itself, and then its own. */
export function deviceNodes(devices: readonly LinuxDevice[] | undefined): DeviceNode[] {
  const own = (devices ?? []).filter(({ path }) => path !== "/dev/ptmx").map(nodeOf);
  const paths = new Set(own.map(({ path }) => path));
  return [...DEFAULT_NODES.filter(({ path }) => !paths.has(path)), ...own];
}

const NODE_TYPES = { c: "char", u: "char", b: "block", p: "fifo" } as const;

function nodeOf(device: LinuxDevice): DeviceNode {
  return {
    path: device.path.replace(/(?<=.)\/+$/, ""),
    type: NODE_TYPES[device.type],
    major: toSafeNumber(device.major ?? 0),
    minor: toSafeNumber(device.minor ?? 0),
    mode: (device.fileMode ?? DEFAULT_MODE) & PERMISSION_BITS,
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}

/** How nodes come into the root: made there, or bound from nodes that were made elsewhere. */
export type NodePlacement = { readonly kind: "make" } | { readonly kind: "bind"; readonly stagingDirectory: string };

/** The operations of one node, by the list that they belong to. */
export interface NodeOperations {
  readonly before: readonly Operation[];
  readonly child: readonly Operation[];
}

/**
 * Makes a node where it belongs, or in a directory of the guest's from where it
 * is bound: a user namespace may make none, and a shared directory's server may
 * not let the guest make one either.
 *
 * @param index tells the nodes of a staging directory apart
 */
export function nodeOperations(node: DeviceNode, index: number, placement: NodePlacement): NodeOperations {
  if (placement.kind === "make") return { before: [], child: [{ op: "make-node", ...node }] };
  const staged = `${placement.stagingDirectory}/${index}`;
  return {
    before: [{ op: "make-node", ...node, path: staged }],
    child: [
      { op: "make-file", path: node.path, mode: 0o644 },
      { op: "bind", source: { path: staged }, destination: node.path, recursive: false, attributes: NODE_ATTRIBUTES },
    ],
  };
}

/** Symlinks of /dev (config-linux.md, "Dev symbolic links"), and the terminal multiplexer of the container's devpts. */
export const DEVICE_LINKS: readonly Operation[] = [
  { op: "remove-file", path: "/dev/ptmx" },
  { op: "make-symlink", path: "/dev/ptmx", target: "pts/ptmx" },
  { op: "make-symlink", path: "/dev/fd", target: "/proc/self/fd" },
  { op: "make-symlink", path: "/dev/stdin", target: "/proc/self/fd/0" },
  { op: "make-symlink", path: "/dev/stdout", target: "/proc/self/fd/1" },
  { op: "make-symlink", path: "/dev/stderr", target: "/proc/self/fd/2" },
  { op: "make-symlink", path: "/dev/core", target: "/proc/kcore" },
];
