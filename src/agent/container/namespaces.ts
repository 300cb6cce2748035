import { TskataError } from "../../common/error.js";
import { idMapText } from "../../oci/id-map-text.js";
import type { Linux } from "../../oci/linux.js";
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

/** By a namespace's type: the init process whose namespace is joined. */
export type NamespaceOwners = ReadonlyMap<NamespaceType, number>;

/**
 * Plans `linux.namespaces` (config-linux.md, "Namespaces").
 *
 * - A namespace with a path is that of another container of the sandbox.
 * - `network` always means the guest's first network namespace: the VM is the
 *   isolation, and the network cards are plugged into that one.
 * - The mount namespace is always a new one.
 *
 * @param owners for each namespace with a path
 * @throws TskataError `invalid-argument` for a path without an owner
 */
export function namespaceSetup(linux: Linux, owners: NamespaceOwners, slots: SlotAllocator): NamespaceSetup {
  const listed = (linux.namespaces ?? []).filter(({ type }) => type !== "network");
  const joined = listed.filter(({ path = "" }) => path !== "").map(({ type }) => type);
  const created = new Set(listed.map(({ type }) => type).filter((type) => !joined.includes(type)));
  created.add("mount");
  const { opens, joins, between, childJoins } = joinNamespaces(joined, owners, slots);
  const own = new Set([...created, ...joined]);
  const hasUserNamespace = own.has("user");
  return {
    cloneFlags: [...created].reduce((flags, type) => flags | cloneFlag(type), 0) >>> 0,
    before: [...opens, ...joins, ...(created.has("time") ? timeNamespace(linux) : [])],
    between,
    parent: created.has("user") ? idMaps(linux) : [],
    child: [
      ...(hasUserNamespace ? BECOME_ROOT : []),
      ...childJoins,
      // The child is born in its cgroup, which so becomes the root of the namespace.
      ...(created.has("cgroup")
        ? [{ op: "unshare", flags: NAMESPACES.cgroup.cloneFlag } as const satisfies Operation]
        : []),
    ],
    hasUserNamespace,
    own,
  };
}

/**
 * Enters the namespaces of others, before the clone; where the user namespace
 * is among them, in the process between, which still tells the child's process
 * id as the guest knows it. From inside a cgroup namespace the kernel lets
 * nobody put a process into a cgroup that comes from outside: that one is
 * entered when that is done.
 */
function joinNamespaces(
  types: readonly NamespaceType[],
  owners: NamespaceOwners,
  slots: SlotAllocator,
): Record<"opens" | "joins" | "between" | "childJoins", Operation[]> {
  const opens: Operation[] = [];
  const joins = new Map<NamespaceType, Operation>();
  for (const type of types) {
    const pid = owners.get(type);
    if (pid === undefined) {
      throw new TskataError("invalid-argument", `linux.namespaces: no container of the VM was named for type ${type}`);
    }
    const slot = slots.next();
    opens.push({ op: "open-pidfd", slot, pid });
    joins.set(type, { op: "setns", slot, flags: NAMESPACES[type].cloneFlag });
  }
  const only = (wanted: (type: NamespaceType) => boolean): Operation[] =>
    [...joins].filter(([type]) => wanted(type)).map(([, join]) => join);
  // The user namespace takes away the rights to those that aren't its own.
  if (joins.has("user")) {
    const between = [...only((type) => type !== "user"), ...only((type) => type === "user")];
    return { opens, joins: [], between, childJoins: [] };
  }
  const isCgroup = (type: NamespaceType): boolean => type === "cgroup";
  return { opens, joins: only((type) => !isCgroup(type)), between: [], childJoins: only(isCgroup) };
}

/** First steps in a user namespace: ids that it doesn't map are of no use there. */
export const BECOME_ROOT: readonly Operation[] = [
  { op: "set-groups", gids: [] },
  { op: "set-gid", gid: 0 },
  { op: "set-uid", uid: 0 },
];

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
