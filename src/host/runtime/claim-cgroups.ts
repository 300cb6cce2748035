import { posix } from "node:path";
import type { CleanupStack } from "../../common/cleanup-stack.js";
import type { Linux } from "../../oci/linux.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { type CgroupPath, cgroupPath } from "../cgroup/cgroup-path.js";
import { type CgroupPlace, withDirectories } from "../cgroup/cgroup-place.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { makeCgroups, planCgroups, removeCgroups, writeLimits } from "../cgroup/host-cgroup.js";
import {
  managersCgroup,
  type ScopeHolder,
  startScope,
  stopScope,
  systemdManager,
  type SystemdManager,
} from "../cgroup/systemd-scope.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { RuntimeContext } from "./context.js";

/** A container's cgroups on the host. */
export interface ClaimedCgroups {
  /** What the container's record has of them. */
  readonly record: Pick<ContainerRecord, "cgroups" | "scope">;
  /** Where its monitors are to be. */
  readonly place: CgroupPlace;
  /** To be called once somebody is in them. */
  readonly inhabited: () => Promise<void>;
}

/** What is to be known of a container to make its cgroups. */
export interface CgroupClaim {
  readonly id: string;
  readonly linux: Linux;
  /** The limits that are written there. */
  readonly limits: LinuxResources;
  /** Keeps what is to be removed, before any of it is made. */
  readonly keep: (record: ClaimedCgroups["record"]) => void;
}

/**
 * Makes the cgroups of a container's `cgroupsPath` on the host, if there is one.
 *
 * @param undo gets a step for each
 * @throws TskataError `failed-precondition` where somebody else's processes are there, `invalid-argument` where systemd
 *   has no such name
 */
export async function claimCgroups(
  { log, systemdCgroup }: RuntimeContext,
  { id, linux, limits, keep }: CgroupClaim,
  undo: CleanupStack,
): Promise<ClaimedCgroups> {
  const hierarchies = readHierarchies();
  const wanted = cgroupPath(linux.cgroupsPath ?? "", systemdCgroup);
  if (wanted === undefined) {
    return { record: { cgroups: [] }, place: hierarchies, inhabited: () => Promise.resolve() };
  }
  const manager = wanted.scope === undefined ? undefined : systemdManager();
  const path = manager === undefined ? wanted.path : posix.join(await managersCgroup(manager), wanted.path);
  const scope = wanted.scope !== undefined && manager !== undefined ? { scope: wanted.scope.unit } : {};
  const planned = planCgroups(hierarchies, path);
  keep({ cgroups: planned, ...scope });
  undo.defer("remove its cgroups on the host", () => removeCgroups(planned, log));
  const holder = await holdScope(id, wanted, limits, manager, undo);
  if (holder !== undefined) undo.defer("end its scope", () => stopScope(wanted.scope?.unit ?? "", log, manager));
  const directories = makeCgroups(hierarchies, path, log);
  writeLimits(directories, limits, log);
  const record = { cgroups: directories, ...scope };
  keep(record);
  const place = withDirectories(hierarchies, directories);
  return { record, place, inhabited: async () => holder?.release() };
}

async function holdScope(
  id: string,
  { scope }: CgroupPath,
  limits: LinuxResources,
  manager: SystemdManager | undefined,
  undo: CleanupStack,
): Promise<ScopeHolder | undefined> {
  if (scope === undefined || manager === undefined) return undefined;
  const holder = await startScope(scope, limits, `tskata container ${id}`, manager);
  undo.defer("leave its scope", () => holder.release());
  return holder;
}
