import { join } from "node:path";
import type { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { type CgroupMirror, makeMirror, removeMirror } from "../cgroup/mirror.js";
import { hostHooks } from "../hooks/host-hooks.js";
import type { ContainerRecord } from "../state/container-record.js";
import { identifyProcess } from "../state/process-identity.js";
import { makeRunDirectory, newSandboxId, removeRunDirectory, type RunDirectory } from "../state/run-directory.js";
import type { Bundle } from "./bundle.js";
import type { RuntimeContext } from "./context.js";
import { keptDevices } from "./device-moves.js";
import { runPoststopHooks } from "./poststop-hooks.js";

/** What a container has on the host before anything of it runs. */
export interface Claim {
  readonly record: ContainerRecord;
  readonly directory: RunDirectory;
  readonly mirror: CgroupMirror;
}

/**
 * Takes an id: its record, its cgroups and the run directory of its VM.
 *
 * @param undo gets a step for each
 * @throws TskataError `already-exists` where the id is in use, `failed-precondition` where its cgroup has processes
 */
export function claimContainer(context: RuntimeContext, id: string, bundle: Bundle, undo: CleanupStack): Claim {
  const { store, log } = context;
  const first = newRecord(context, id, bundle);
  store.add(first);
  undo.defer("run the poststop hooks", () => runPoststopHooks(context, first));
  undo.defer("forget the container", () => store.remove(id));
  const mirror = mirrorCgroup(context, bundle.spec);
  undo.defer("remove its cgroups on the host", () => removeMirror(mirror, log));
  const record = { ...first, cgroups: mirror.directories };
  store.write(record);
  const { runDirectory, creator } = record;
  const directory = makeRunDirectory(runDirectory, { stateRoot: store.root, containerId: id, creator });
  undo.defer("remove the run directory", () => removeRunDirectory(directory));
  return { record, directory, mirror };
}

function mirrorCgroup({ log }: RuntimeContext, { linux = {} }: Spec): CgroupMirror {
  const { cgroupsPath = "", resources = {} } = linux;
  return cgroupsPath === "" ? { directories: [] } : makeMirror(readHierarchies(), cgroupsPath, resources, log);
}

function newRecord(context: RuntimeContext, id: string, bundle: Bundle): ContainerRecord {
  const creator = identifyProcess(process.pid);
  if (creator === undefined) throw new TskataError("internal", `create ${id}: this process is not in /proc`);
  const sandboxId = newSandboxId();
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
    cgroups: [],
    ...(netDevices !== undefined && { netDevices }),
    sandboxId,
    runDirectory: join(context.config.paths.runDir, sandboxId),
    creator,
  };
}
