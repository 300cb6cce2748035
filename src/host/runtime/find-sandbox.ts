import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import type { Linux } from "../../oci/linux.js";
import { podRole } from "../../oci/pod-annotations.js";
import { NAMESPACES, type NamespaceType } from "../../oci/tables/namespaces.js";
import type { ContainerRecord } from "../state/container-record.js";
import { isAlive } from "../state/process-identity.js";
import type { StateStore } from "../state/state-store.js";
import { identifyNamespace } from "./identify-namespace.js";
import { pinnedNamespaces } from "./pinned-namespaces.js";

/** A VM that a container is to be made in. */
export interface FoundSandbox {
  /** A container that lives there. */
  readonly member: ContainerRecord;
  /** By the type of each namespace that has a path: the container that it is joined from. */
  readonly owners: Readonly<Partial<Record<NamespaceType, string>>>;
}

/**
 * Finds the VM that a container belongs to: that of its pod in Kubernetes, or of the containers whose
 * namespaces it joins. A path leads to a container's namespace where it is in
 * /proc of the container's monitor, or (but for the network, which an engine's
 * containers may share in VMs of their own) where it is the namespace that the
 * monitor is in, or that stands for the container's (`pinnedNamespaces`). A user namespace whose mappings config.json has
 * needs no owner, nor does one that is to stand for this container's.
 *
 * @returns undefined where it joins none
 * @throws TskataError `invalid-argument` for a namespace that is none of a living container's, or for those of
 *   containers in different VMs, `failed-precondition` where its pod's sandbox doesn't run
 */
export function findSandbox(spec: AskedSpec, store: StateStore): FoundSandbox | undefined {
  const { linux = {}, annotations } = spec;
  const joined = (linux.namespaces ?? []).filter(({ type, path = "" }) => mayBeJoined(type, path));
  const role = podRole(annotations);
  if (joined.length === 0 && role?.kind !== "container") return undefined;
  const living = store.ids().flatMap((id) => livingContainer(store, id));
  // Where several are behind one pid, its namespaces are the first one's.
  living.sort((one, other) => one.record.created.localeCompare(other.record.created));
  const owners: Partial<Record<NamespaceType, string>> = {};
  const pinned = pinnedNamespaces(spec);
  let member = role?.kind === "container" ? sandboxOfPod(role.sandboxId, living) : undefined;
  for (const { type, path = "" } of joined) {
    const owner = living.find((each) => owns(each, type, path));
    if (owner === undefined) {
      if (type === "network" || type in pinned || (type === "user" && isToBeMade(path, linux))) continue;
      const why = "it is none of a running container's, and others can't be joined from a VM";
      throw new TskataError("invalid-argument", `linux.namespaces: ${type} namespace ${path}: ${why}`);
    }
    if (member !== undefined && member.sandboxId !== owner.record.sandboxId) {
      const which = `containers ${member.id} and ${owner.record.id}`;
      throw new TskataError("invalid-argument", `linux.namespaces: they are those of ${which}, which run in two VMs`);
    }
    member = owner.record;
    owners[type] = owner.record.id;
  }
  return member === undefined ? undefined : { member, owners };
}

type AskedSpec = Pick<Spec, "linux" | "annotations">;

function sandboxOfPod(sandboxId: string, living: readonly LivingContainer[]): ContainerRecord {
  const found = living.find(({ record }) => {
    const role = podRole(record.annotations);
    return role?.kind === "sandbox" && role.sandboxId === sandboxId;
  });
  if (found !== undefined) return found.record;
  throw new TskataError("failed-precondition", `the container's pod has no sandbox that runs: ${sandboxId} is none`);
}

/** An engine's network, which most containers have, needs no look at the others. */
function mayBeJoined(type: NamespaceType, path: string): boolean {
  return path !== "" && (type !== "network" || path.startsWith("/proc/"));
}

/** An engine's user namespace (containerd 2 makes one for a pod) is told with its mappings: the guest can have one like it. */
function isToBeMade(path: string, { uidMappings = [], gidMappings = [] }: Linux): boolean {
  const isHosts = identifyNamespace(path) === identifyNamespace(`/proc/self/ns/${NAMESPACES.user.procName}`);
  return !isHosts && uidMappings.length > 0 && gidMappings.length > 0;
}

interface LivingContainer {
  readonly record: ContainerRecord;
  readonly monitorPid: number;
}

function livingContainer(store: StateStore, id: string): LivingContainer[] {
  const record = readable(store, id);
  const { monitor, supervisor } = record ?? {};
  if (record === undefined || record.status === "stopped" || monitor === undefined || supervisor === undefined)
    return [];
  return isAlive(monitor) && isAlive(supervisor) ? [{ record, monitorPid: monitor.pid }] : [];
}

/** A damaged record of somebody's is no fault of the container's that is to be made. */
function readable(store: StateStore, id: string): ContainerRecord | undefined {
  try {
    return store.find(id);
  } catch {
    return undefined;
  }
}

function owns({ record, monitorPid }: LivingContainer, type: NamespaceType, path: string): boolean {
  const { procName } = NAMESPACES[type];
  const own = `/proc/${monitorPid}/ns/${procName}`;
  if (path === own) return true;
  const found = identifyNamespace(path);
  if (type === "network" || found === undefined) return false;
  if (found === record.pinnedNamespaces?.[type]) return true;
  return found === identifyNamespace(own) && found !== identifyNamespace(`/proc/self/ns/${procName}`);
}
