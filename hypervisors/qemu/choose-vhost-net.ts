import { isOpenable } from "../common/is-openable.js";
import type { Accelerator, QemuSettings } from "./options.js";

/** The host kernel's network device for VMs. */
export const VHOST_NET_PATH = "/dev/vhost-net";

/**
 * Whether the host's kernel moves the packets of network cards. Follows the
 * settings, or has it do so for guests in KVM where this process, which opens
 * it for QEMU, may: without KVM a packet's way costs next to nothing beside
 * what is done with it.
 */
export function chooseVhostNet(
  configured: QemuSettings["vhostNet"],
  accelerator: Accelerator,
  devicePath = VHOST_NET_PATH,
): boolean {
  return configured === "auto" ? accelerator === "kvm" && isOpenable(devicePath) : configured === "on";
}
