import type { DriverOptions } from "../../../hypervisors/index.js";
import type { DeviceMove } from "../network/move-device.js";
import type { ContainerOrder } from "./container-order.js";
import type { VmBootSettings } from "./sandbox-vm.js";
import type { VmSizing } from "./vm-size.js";
import type { WireError } from "./wire-error.js";

/**
 * Between `create` and the supervisor that it starts, on the supervisor's
 * descriptor 3, one JSON text a line: the order, then `listening` (the monitor
 * may be started), then its pid, then, where there are any, that the network
 * devices are with it, then that the hooks have run, then the outcome. If
 * `create` hangs up before the outcome, the supervisor undoes everything and
 * ends.
 */
export const BOOT_CHANNEL_FD = 3;

/** create -> supervisor: what to make, and the VM to make it in. */
export interface BootOrder extends ContainerOrder {
  /** State directory (`--root`). */
  readonly stateRoot: string;
  readonly hostname: string;
  /** Network devices of the host that the container gets. */
  readonly netDevices: readonly DeviceMove[];
  readonly vm: VmSettings;
  /** Path of our program that makes bind mounts. */
  readonly bindMount: string;
  /** Path of our library for QEMU's own virtiofsd. */
  readonly virtiofsdPreload: string;
  /** Path of our program that carries seccomp notifications to agents. */
  readonly seccompNotifier: string;
  /** Path of our program that makes taps. */
  readonly tapSender: string;
}

/** The VM that the configuration (and what it allows of config.json) asks for. */
export interface VmSettings extends VmBootSettings {
  readonly driver: string;
  readonly driverOptions: DriverOptions;
  /** How it follows the container's limits later. */
  readonly sizing: VmSizing;
  readonly agentTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Boot the guest with its debug console. */
  readonly console: boolean;
}

/** supervisor -> create. */
export type BootReport =
  | { readonly kind: "listening"; readonly supervisorPid: number }
  /** For the debug log; any number of them, between the others. */
  | { readonly kind: "note"; readonly message: string }
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
