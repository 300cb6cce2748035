import type { DriverHelp, DriverOptions } from "../../../../hypervisors/index.js";
import type { VmSizing } from "../vm-size.js";

/** How containers' files are copied to disks, where they are. */
export interface DiskSettings {
  /** `where-needed`: where the VM has no other way to them. */
  readonly use: "always" | "where-needed" | "never";
  /** Absolute path of a directory for the disks' images. */
  readonly directory: string;
  /** How much a container may write to its disk. */
  readonly roomBytes: number;
}

/** What a VM boots, and with how much. */
export interface VmBootSettings {
  readonly kernelPath: string;
  readonly imagePath: string;
  readonly initrdPath?: string;
  readonly kernelParameters: readonly string[];
  /** At the boot. */
  readonly memoryBytes: number;
  readonly vcpus: number;
  /** The virtiofsd to use; without one files go over 9p. */
  readonly virtiofsd?: string;
  readonly disks: DiskSettings;
  readonly bootTimeoutMs: number;
}

/** The VM that the configuration (and what it allows of config.json) asks for. */
export interface VmSettings extends VmBootSettings {
  /** What the run directories of all VMs are in. */
  readonly runRoot: string;
  readonly driver: string;
  readonly driverOptions: DriverOptions;
  /** How it follows the container's limits later. */
  readonly sizing: VmSizing;
  readonly agentTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Boot the guest with its debug console. */
  readonly console: boolean;
  /** The directory of the templates that it may be cloned from; absent for a VM that always boots. */
  readonly templateDirectory?: string;
}

/** Our own programs that a supervisor starts, by their paths. */
export interface HostPrograms extends Required<Omit<DriverHelp, "debugLog">> {
  /** Makes bind mounts. */
  readonly bindMount: string;
  /** A library for QEMU's own virtiofsd. */
  readonly virtiofsdPreload: string;
  /** Carries seccomp notifications to agents. */
  readonly seccompNotifier: string;
  /** What the containers run that are played in VMs of the pool. */
  readonly warmUp: string;
  /** Makes templates; Node runs it. */
  readonly templateMaker: string;
}
