import { existsSync } from "node:fs";
import type { Finding } from "./finding.js";

/** Whether the host could talk to its guests over vsock. */
export function checkVsock(device = "/dev/vhost-vsock"): Finding {
  return checkDevice("vsock", device, "the agent is reached over a virtio-serial port", "vhost_vsock");
}

/** Whether seccomp notifications can be carried to an agent: its descriptor is a file of a FUSE file system. */
export function checkFuse(device = "/dev/fuse"): Finding {
  return checkDevice("fuse", device, "a profile with SCMP_ACT_NOTIFY can't be used", "fuse");
}

/** Whether taps can be made, which network devices of containers are joined with. */
export function checkTun(device = "/dev/net/tun"): Finding {
  return checkDevice("tun", device, "linux.netDevices can't be used", "tun");
}

function checkDevice(subject: string, device: string, without: string, module: string): Finding {
  if (existsSync(device)) return { subject, level: "ok", detail: `${device} is there` };
  return { subject, level: "warning", detail: `${device} is missing: ${without}`, remedy: `modprobe ${module}` };
}
