import { join } from "node:path";
import type { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { Linux } from "../../oci/linux.js";
import { userNamespaceMappings } from "../../oci/user-namespace-mappings.js";
import { hostHooks } from "../hooks/host-hooks.js";
import type { ContainerRecord, PinnedNamespaces } from "../state/container-record.js";
import { identifyProcess } from "../state/process-identity.js";
import {
  makeRunDirectory,
  newSandboxId,
  removeRunDirectory,
  type RunDirectory,
  runDirectoryAt,
} from "../state/run-directory.js";
import type { Bundle } from "./bundle.js";
import { claimCgroups, type ClaimedCgroups } from "./claim-cgroups.js";
import type { RuntimeContext } from "./context.js";
import { keptDevices } from "./device-moves.js";
import { firstLimits } from "./first-limits.js";
import { runPoststopHooks } from "./poststop-hooks.js";

/** What a container has on the host before anything of it runs. */
export interface Claim {
  readonly record: ContainerRecord;
  readonly directory: RunDirectory;
  readonly cgroups: ClaimedCgroups;
}

/** Whose VM a container is to be in; a new one where neither is there. */
export interface Place {
  /** A container that lives there. */
  readonly member: ContainerRecord | undefined;
  /** A VM of the pool. */
  readonly claimed: Pick<ContainerRecord, "sandboxId" | "runDirectory"> | undefined;
  /** Namespaces of the host that stand for those that it has there. */
  readonly pinned: PinnedNamespaces;
}

/**
 * Takes an id: its record, its cgroups and the run directory of its VM.
 *
 * @param undo gets a step for each
 * @throws TskataError `already-exists` where the id is in use, `failed-precondition` where its cgroup has processes
 */
export async function claimContainer(
  context: RuntimeContext,
  id: string,
  bundle: Bundle,
  { member, claimed, pinned }: Place,
  undo: CleanupStack,
): Promise<Claim> {
  const { store, config } = context;
  const first = newRecord(id, bundle, sandboxOf(context, { member, claimed }), pinned);
  store.add(first);
  undo.defer("run the poststop hooks", () => runPoststopHooks(context, first));
  undo.defer("forget the container", () => store.remove(id));
  const cgroups = await claimCgroups(
    context,
    {
      id,
      linux: bundle.spec.linux ?? {},
      limits: firstLimits(config, bundle.spec, member !== undefined),
      keep: (known) => store.write({ ...first, ...known }),
    },
    undo,
  );
  const record = { ...first, ...cgroups.record };
  const { runDirectory, creator } = record;
  if (member !== undefined) return { record, directory: runDirectoryAt(runDirectory), cgroups };
  const directory =
    claimed === undefined
      ? makeRunDirectory(runDirectory, { stateRoot: store.root, creator })
      : runDirectoryAt(runDirectory);
  undo.defer("remove the run directory", () => removeRunDirectory(directory));
  return { record, directory, cgroups };
}

type SandboxOfRecord = Pick<ContainerRecord, "sandboxId" | "runDirectory" | "fromPool">;

function sandboxOf({ config }: RuntimeContext, { member, claimed }: Omit<Place, "pinned">): SandboxOfRecord {
  if (member !== undefined) return member;
  if (claimed !== undefined) return { ...claimed, fromPool: true };
  const sandboxId = newSandboxId();
  return { sandboxId, runDirectory: join(config.paths.runDir, sandboxId) };
}

function newRecord(
  id: string,
  bundle: Bundle,
  { sandboxId, runDirectory, fromPool }: SandboxOfRecord,
  pinned: PinnedNamespaces,
): ContainerRecord {
  const creator = identifyProcess(process.pid);
  if (creator === undefined) throw new TskataError("internal", `create ${id}: this process is not in /proc`);
  const netDevices = keptDevices(bundle.spec.linux ?? {});
  return {
    version: 1,
    id,
    ociVersion: bundle.spec.ociVersion,
    status: "creating",
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    ownerUid: process.getuid?.() ?? 0,
    annotations: bundle.spec.annotations ?? {},
    hooks: hostHooks(bundle.spec.hooks),
    ...idMappings(bundle.spec.linux ?? {}),
    ...(Object.keys(pinned).length > 0 && { pinnedNamespaces: pinned }),
    cgroups: [],
    ...(netDevices !== undefined && { netDevices }),
    sandboxId,
    runDirectory,
    ...(fromPool === true && { fromPool }),
    creator,
  };
}

function idMappings(linux: Linux): Pick<ContainerRecord, "idMappings"> {
  const { uids, gids } = userNamespaceMappings(linux);
  return uids.length === 0 ? {} : { idMappings: { uidMappings: uids, gidMappings: gids } };
}
