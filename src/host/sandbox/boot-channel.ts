import type { LogSink } from "../../common/log.js";
import type { CgroupPlace } from "../cgroup/cgroup-place.js";
import type { DeviceMove } from "../network/move-device.js";
import type { ContainerOrder } from "./container-order.js";
import type { HostCgroupPolicy } from "./host-cgroup.js";
import type { Placement } from "./take-place-of.js";
import type { HostPrograms, VmSettings } from "./vm/vm-settings.js";
import type { WireError } from "./wire-error.js";

/**
 * Between `create` and the supervisor that it starts, on the supervisor's
 * descriptor 3, one JSON text a line: what can be prepared for any container,
 * then the order, then `listening` (the monitor
 * may be started), then its pid, then, where there are any, that the network
 * devices are with it, then that the hooks have run, then the outcome. If
 * `create` hangs up before the outcome, the supervisor undoes everything and
 * ends.
 *
 * A supervisor of the pool is started by whoever keeps that. It says `ready`
 * when it can be claimed, by connecting to `claim.sock` in its run directory:
 * the rest goes over that connection, from the order on, and `claimed` is its
 * last word here. If the pool hangs up before, it undoes everything and ends.
 */
export const BOOT_CHANNEL_FD = 3;

/** The mount namespace of whoever started the supervisor, which has one of its own. */
export const HOST_MOUNTS_FD = 4;

/** create -> supervisor: the sandbox that a container is to be made in. */
export interface PrepareOrder {
  readonly sandboxId: string;
  /** Exists. */
  readonly runDirectory: string;
  /** The VM that the configuration asks for. */
  readonly vm: VmSettings;
  /**
   * The same with templates that are files. Present where no process may be left that is a template; one that is
   * there already serves.
   */
  readonly keptAsFiles?: VmSettings;
  /** Where its processes are to be; the supervisor is there already, as far as it could put itself there. */
  readonly place: CgroupPlace;
  readonly programs: HostPrograms;
  /** Present for one that is to wait in the pool. */
  readonly pool?: PoolPlace;
}

/** What a supervisor of the pool has to know of it. */
export interface PoolPlace {
  /** Its file, which goes with it where it isn't claimed. */
  readonly memberFile: string;
}

/** A command that claimed a supervisor of the pool, which takes its place with all that is its own. */
export interface Caller extends Placement {
  readonly pid: number;
}

/** What the supervisor has to know of cgroups on the host. */
export interface HostCgroupOrder extends HostCgroupPolicy {
  /** The VM is in the container's. */
  readonly isHoused: boolean;
}

/** create -> supervisor: what to make, and the VM to make it in. */
export interface BootOrder extends ContainerOrder {
  /** State directory (`--root`). */
  readonly stateRoot: string;
  readonly hostname: string;
  /** Network devices of the host that the container gets. */
  readonly netDevices: readonly DeviceMove[];
  /** Path of the VM's network namespace, where its monitor isn't in that. */
  readonly networkNamespace?: string;
  /** Kernel parameters of network devices are to be set: those come before the container. */
  readonly networkFirst: boolean;
  /** With what config.json asks for. */
  readonly vm: VmSettings;
  readonly hostCgroup: HostCgroupOrder;
  /** Present where the supervisor is from the pool. */
  readonly caller?: Caller;
}

/** supervisor -> create; the first two supervisor -> pool. */
export type BootReport =
  | { readonly kind: "ready" }
  | { readonly kind: "claimed" }
  | { readonly kind: "listening"; readonly supervisorPid: number }
  /** For the log; any number of them, between the others. */
  | { readonly kind: "note"; readonly level: keyof LogSink; readonly message: string }
  | { readonly kind: "devices-moved" }
  | { readonly kind: "created" }
  | { readonly kind: "failed"; readonly error: WireError };

/** create -> supervisor, after `listening`. */
export interface MonitorStarted {
  readonly monitorPid: number;
}

/** create -> supervisor, after the hooks that come before the container. */
export interface HooksRan {
  readonly hooksRan: true;
}
