import { isOpenable } from "../../common/is-openable.js";
import type { Accelerator, AgentTransport } from "../options.js";

/**
 * Follows the settings, or takes the vsock of the host's kernel for guests in
 * KVM where this process may open it, and a serial port elsewhere: without KVM
 * a serial port is as fast, and clones have no other.
 */
export function chooseTransport(
  configured: AgentTransport | "auto",
  accelerator: Accelerator,
  devicePath = "/dev/vhost-vsock",
): AgentTransport {
  if (configured !== "auto") return configured;
  return accelerator === "kvm" && isOpenable(devicePath) ? "vsock" : "serial";
}
