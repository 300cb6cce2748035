import { messageOf } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { withDirectories } from "../cgroup/cgroup-place.js";
import { readHierarchies } from "../cgroup/hierarchies.js";
import { writeLimits } from "../cgroup/host-cgroup.js";
import { limitsOfMonitors, limitsWithVm, type VmOverhead } from "../cgroup/host-limits.js";
import { moveInto } from "../cgroup/move-into.js";
import { updateScope } from "../cgroup/systemd-scope.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { SandboxContainer } from "./container.js";
import type { Sandbox } from "./sandbox.js";

/** What containers' cgroups on the host are for (`[host_cgroup]` of the configuration). */
export interface HostCgroupPolicy {
  /** `vm`: the VM of a container is in them. `mirror`: nothing but its monitors, with the very limits of config.json. */
  readonly mode: "vm" | "mirror";
  readonly overhead: VmOverhead;
}

/** The cgroups of the host that a sandbox has to do with. */
export class HostCgroup {
  readonly policy: HostCgroupPolicy;
  /** Id of the container that the VM is with; undefined where it is in no container's cgroups. */
  home: string | undefined;

  constructor(policy: HostCgroupPolicy, home: string | undefined) {
    this.policy = policy;
    this.home = home;
  }
}

/** Limits of all containers in a VM, by id. */
export type LimitsById = ReadonlyMap<string, LinuxResources>;

/**
 * Writes the limits of the cgroups that the VM is in.
 *
 * @param memoryBytes what the guest has, or is to have
 */
export async function limitVm(sandbox: Sandbox, memoryBytes: number, limits: LimitsById): Promise<void> {
  const { home = "", policy } = sandbox.hostCgroup;
  const record = sandbox.containers.get(home)?.record;
  if (record === undefined) return;
  const others = [...limits].flatMap(([id, resources]) => (id === home ? [] : [resources]));
  const resources = limits.get(home) ?? sandbox.containers.get(home)?.resources ?? {};
  await write(sandbox, record, limitsWithVm(resources, { memoryBytes, overhead: policy.overhead, others }));
}

/**
 * Writes new limits of a container whose cgroups have its monitors alone; those
 * of the VM are `limitVm`'s.
 *
 * @param change an update of its limits
 */
export async function limitMonitors(
  sandbox: Sandbox,
  { id, record }: SandboxContainer,
  change: LinuxResources,
): Promise<void> {
  const { home, policy } = sandbox.hostCgroup;
  if (id !== home) await write(sandbox, record, policy.mode === "mirror" ? change : limitsOfMonitors(change));
}

/**
 * Has the VM move in with another of its containers where it is with one that
 * is about to be deleted. Where no other one has cgroups it stays, and is put out
 * by whoever removes them.
 */
export async function leaveHome(sandbox: Sandbox, containerId: string): Promise<void> {
  const { hostCgroup, containers } = sandbox;
  if (hostCgroup.home !== containerId) return;
  const next = [...containers.values()].find(
    ({ id, live, record }) => id !== containerId && live.kind !== "stopped" && record.cgroups.length > 0,
  );
  hostCgroup.home = next?.id;
  if (next === undefined) return;
  const limits = new Map([...containers.values()].map(({ id, resources }) => [id, resources]));
  limits.delete(containerId);
  try {
    await limitVm(sandbox, (await sandbox.vm.machine.size()).memoryBytes, limits);
    await moveInto(withDirectories(readHierarchies(), next.record.cgroups), sandbox.vm.pids(), sinkOf(sandbox));
  } catch (error) {
    sandbox.log(`the VM can't move into the cgroups of ${next.id}: ${messageOf(error)}`);
  }
}

async function write(sandbox: Sandbox, { cgroups, scope }: ContainerRecord, limits: LinuxResources): Promise<void> {
  const sink = sinkOf(sandbox);
  if (scope !== undefined) await updateScope(scope, limits, sink);
  writeLimits(cgroups, limits, sink);
}

function sinkOf({ log }: Sandbox): LogSink {
  return { debug: log, warning: log };
}
