import type { Capability } from "../hypervisor.js";

/** Which drivers, as they are set up by default, can what: for the texts of those that can't. */
export const CAPABLE_DRIVERS: Readonly<Record<Capability, readonly string[]>> = {
  pause: ["qemu"],
  "hotplug-cpu": ["qemu"],
  "hotplug-memory": ["qemu"],
  "hotplug-disk": [],
  "hotplug-nic": ["qemu"],
  "hotplug-share": ["qemu"],
  virtiofs: ["qemu"],
  "nine-p": ["qemu"],
  vsock: ["qemu"],
  serial: ["qemu"],
  template: ["qemu"],
};
