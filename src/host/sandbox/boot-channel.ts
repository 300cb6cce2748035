import type { DriverOptions } from "../../../hypervisors/index.js";
import type { DeviceMove } from "../network/move-device.js";
import type { SharedMount } from "../resource/shared-mount.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { SeccompAgent } from "./seccomp-notifier.js";
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

/** create -> supervisor: what to make. */
export interface BootOrder {
  /** State directory (`--root`). */
  readonly stateRoot: string;
  readonly record: ContainerRecord;
  /** config.json as JSON text for the guest, 64-bit integers with all their digits. */
  readonly specJson: string;
  /** Its linux.resources alone, likewise. */
  readonly resourcesJson: string;
  readonly terminal: boolean;
  /** The terminal leaves newlines as they are. */
  readonly plainNewlines: boolean;
  /** Its further descriptors: `parsePreservedFds`. */
  readonly preservedFds: string;
  readonly hostname: string;
  readonly sharedMounts: readonly SharedMount[];
  /** Network devices of the host that the container gets. */
  readonly netDevices: readonly DeviceMove[];
  /** By a mount's index: paths in the container's own root that it binds. */
  readonly rootSources: Readonly<Record<number, string>>;
  readonly token: string;
  readonly vm: VmSettings;
  /** Path of our program that makes bind mounts. */
  readonly bindMount: string;
  /** Path of our library for QEMU's own virtiofsd. */
  readonly virtiofsdPreload: string;
  /** Path of our program that carries seccomp notifications to agents. */
  readonly seccompNotifier: string;
  /** Path of our program that makes taps. */
  readonly tapSender: string;
  /** Where the container's profile has one. */
  readonly seccompAgent?: SeccompAgent;
}

/** The VM that the configuration (and what it allows of config.json) asks for. */
export interface VmSettings {
  readonly driver: string;
  readonly driverOptions: DriverOptions;
  readonly kernelPath: string;
  readonly imagePath: string;
  readonly initrdPath?: string;
  readonly kernelParameters: readonly string[];
  /** At the boot. */
  readonly memoryBytes: number;
  readonly vcpus: number;
  /** How it follows the container's limits later. */
  readonly sizing: VmSizing;
  readonly virtiofsd?: string;
  readonly bootTimeoutMs: number;
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
