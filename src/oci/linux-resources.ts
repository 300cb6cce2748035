import type { Integer } from "./integer.js";

/**
 * `linux.resources`, and the document of `update --resources`
 * (config-linux.md, "Control groups"). The values are cgroup v1's.
 */
export interface LinuxResources {
  /** Applied in the listed order. */
  readonly devices?: readonly LinuxDeviceCgroup[];
  readonly memory?: LinuxMemory;
  readonly cpu?: LinuxCpu;
  readonly pids?: LinuxPids;
  readonly blockIO?: LinuxBlockIo;
  readonly hugepageLimits?: readonly LinuxHugepageLimit[];
  readonly network?: LinuxNetwork;
  /** By name of the RDMA device. */
  readonly rdma?: Readonly<Record<string, LinuxRdma>>;
  /** Files of cgroup v2 by name, written last. */
  readonly unified?: Readonly<Record<string, string>>;
}

/** A rule of the device cgroup. */
export interface LinuxDeviceCgroup {
  readonly allow: boolean;
  /** All where absent or empty. */
  readonly type?: "" | "a" | "c" | "b";
  /** All where absent or -1. */
  readonly major?: Integer;
  /** All where absent or -1. */
  readonly minor?: Integer;
  /** Some of the letters r, w and m. */
  readonly access?: string;
}

/** Memory limits in bytes; -1 is no limit. */
export interface LinuxMemory {
  readonly limit?: Integer;
  readonly reservation?: Integer;
  /** Memory and swap together, as in cgroup v1. */
  readonly swap?: Integer;
  readonly kernel?: Integer;
  readonly kernelTCP?: Integer;
  /** 0 to 100. */
  readonly swappiness?: Integer;
  readonly disableOOMKiller?: boolean;
  readonly useHierarchy?: boolean;
  /** Whether a limit below the present usage is refused. */
  readonly checkBeforeUpdate?: boolean;
}

/** CPU limits; times in microseconds, lists such as `0-3,7`. */
export interface LinuxCpu {
  readonly shares?: Integer;
  /** -1 or 0 is no limit. */
  readonly quota?: Integer;
  readonly burst?: Integer;
  readonly period?: Integer;
  readonly realtimeRuntime?: Integer;
  readonly realtimePeriod?: Integer;
  readonly cpus?: string;
  readonly mems?: string;
  /** 1 is SCHED_IDLE for the whole group. */
  readonly idle?: Integer;
}

/** Number of tasks; -1 is no limit. */
export interface LinuxPids {
  readonly limit?: Integer;
}

/** Block device weights and rates. */
export interface LinuxBlockIo {
  readonly weight?: number;
  readonly leafWeight?: number;
  readonly weightDevice?: readonly LinuxWeightDevice[];
  readonly throttleReadBpsDevice?: readonly LinuxThrottleDevice[];
  readonly throttleWriteBpsDevice?: readonly LinuxThrottleDevice[];
  readonly throttleReadIOPSDevice?: readonly LinuxThrottleDevice[];
  readonly throttleWriteIOPSDevice?: readonly LinuxThrottleDevice[];
}

/** Weight of one block device. */
export interface LinuxWeightDevice {
  readonly major: Integer;
  readonly minor: Integer;
  readonly weight?: number;
  readonly leafWeight?: number;
}

/** Rate of one block device, in bytes or operations a second; 0 (as where absent) is no limit. */
export interface LinuxThrottleDevice {
  readonly major: Integer;
  readonly minor: Integer;
  readonly rate?: Integer;
}

/** Limit in bytes on huge pages of one size, such as `2MB`. */
export interface LinuxHugepageLimit {
  readonly pageSize: string;
  readonly limit: Integer;
}

/** Class and priorities of network packets. */
export interface LinuxNetwork {
  readonly classID?: number;
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[];
}

/** Limits on one RDMA device. */
export interface LinuxRdma {
  readonly hcaHandles?: number;
  readonly hcaObjects?: number;
}
