import type { Capability } from "../hypervisor.js";

/** Which drivers, as they are set up by default, can what: for the texts of those that can't. */
export const CAPABLE_DRIVERS: Readonly<Record<Capability, readonly string[]>> = {
  pause: ["qemu", "kvmtool", "xen"],
  "hotplug-cpu": ["qemu", "xen"],
  "hotplug-memory": ["qemu", "xen"],
  balloon: [],
  "hotplug-disk": ["qemu", "xen"],
  "hotplug-nic": ["qemu", "kvmtool", "xen"],
  "hotplug-share": ["qemu"],
  virtiofs: ["qemu"],
  "nine-p": ["qemu", "kvmtool", "xen"],
  vsock: ["qemu", "kvmtool"],
  serial: ["qemu", "kvmtool", "xen"],
  template: ["qemu"],
};

/** Which drivers can what where they are set up for it. */
export const CAPABLE_BY_SETTING: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  balloon: ["kvmtool with kvmtool.balloon = true"],
};
