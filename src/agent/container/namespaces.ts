import { idMapText } from "../../oci/id-map-text.js";
import type { Linux, LinuxNamespace } from "../../oci/linux.js";
import { NAMESPACES } from "../../oci/tables/namespaces.js";
import type { NamespaceType } from "../../oci/tables/namespaces.js";
import { userNamespaceMappings } from "../../oci/user-namespace-mappings.js";
import type { Operation } from "../kernel/operation.js";
import type { SlotAllocator } from "./slot-allocator.js";

/** What the namespaces of config.json come to in a plan. */
export interface NamespaceSetup {
  /** CLONE_NEW* bits for the clone. */
  readonly cloneFlags: number;
  /** In the launcher, before the clone. */
  readonly before: readonly Operation[];
  /** In the process between, where an existing user namespace is joined; empty otherwise. */
  readonly between: readonly Operation[];
  /** Beside the waiting child: its id maps. */
  readonly parent: readonly Operation[];
  /** First thing in the child. */
  readonly child: readonly Operation[];
  /** Whether the child is in a user namespace of the container's. */
  readonly hasUserNamespace: boolean;
  /** Types whose namespace isn't the guest's first one. */
  readonly own: ReadonlySet<NamespaceType>;
}

/**
 * Plans `linux.namespaces` (config-linux.md, "Namespaces").
 *
 * - A path leads to a namespace of the guest, usually of another container of
 *   the sandbox.
 * - `network` always means the guest's first network namespace: the VM is the
 *   isolation, and the network cards are plugged into that one.
 * - The mount namespace is always a new one, unless a path is given.
 */
export function namespaceSetup(linux: Linux, slots: SlotAllocator): NamespaceSetup {
  const listed = (linux.namespaces ?? []).filter(({ type }) => type !== "network");
  const joined = listed.filter(hasPath);
  const created = new Set(listed.filter((namespace) => !hasPath(namespace)).map(({ type }) => type));
  if (!listed.some(({ type }) => type === "mount")) created.add("mount");
  const own = new Set([...created, ...joined.map(({ type }) => type)]);

  const opens: Operation[] = [];
  const joins: Operation[] = [];
  const userJoin: Operation[] = [];
  for (const { type, path } of joined.toSorted(mountLast)) {
    const slot = slots.next();
    opens.push({ op: "open", slot, path });
    const join: Operation = { op: "setns", source: { slot }, flags: NAMESPACES[type].cloneFlag };
    (type === "user" ? userJoin : joins).push(join);
  }
  const hasUserNamespace = own.has("user");
  return {
    cloneFlags: [...created].reduce((flags, type) => flags | cloneFlag(type), 0) >>> 0,
    before: [...opens, ...joins, ...(created.has("time") ? timeNamespace(linux) : [])],
    between: userJoin,
    parent: created.has("user") ? idMaps(linux) : [],
    child: [
      ...(hasUserNamespace ? BECOME_ROOT : []),
      // The child is born in its cgroup, which so becomes the root of the namespace.
      ...(created.has("cgroup")
        ? [{ op: "unshare", flags: NAMESPACES.cgroup.cloneFlag } as const satisfies Operation]
        : []),
    ],
    hasUserNamespace,
    own,
  };
}

/** First steps in a user namespace: ids that it doesn't map are of no use there. */
export const BECOME_ROOT: readonly Operation[] = [
  { op: "set-groups", gids: [] },
  { op: "set-gid", gid: 0 },
  { op: "set-uid", uid: 0 },
];

function hasPath(namespace: LinuxNamespace): namespace is LinuxNamespace & { readonly path: string } {
  return namespace.path !== undefined && namespace.path !== "";
}

/** Once in another mount namespace the launcher finds other files. */
function mountLast(a: LinuxNamespace, b: LinuxNamespace): number {
  return Number(a.type === "mount") - Number(b.type === "mount");
}

/** A cgroup namespace is entered later, a time namespace by the launcher's unshare. */
function cloneFlag(type: NamespaceType): number {
  return type === "cgroup" || type === "time" ? 0 : NAMESPACES[type].cloneFlag;
}

/** Offsets can be set only while nobody is in the namespace (time_namespaces(7)). */
function timeNamespace(linux: Linux): Operation[] {
  const offsets = Object.entries(linux.timeOffsets ?? {}).map(
    ([clock, offset]) => `${clock} ${offset?.secs ?? 0} ${offset?.nanosecs ?? 0}\n`,
  );
  const unshare: Operation = { op: "unshare", flags: NAMESPACES.time.cloneFlag };
  if (offsets.length === 0) return [unshare];
  return [unshare, { op: "write-file", base: "proc", path: "self/timens_offsets", data: offsets.join("") }];
}

function idMaps(linux: Linux): Operation[] {
  const { uids, gids } = userNamespaceMappings(linux);
  return [
    { op: "write-file", base: "child", path: "uid_map", data: idMapText(uids) },
    { op: "write-file", base: "child", path: "gid_map", data: idMapText(gids) },
  ];
}
