import { accessSync, constants } from "node:fs";
import { errnoName } from "../../common/error.js";
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
  return checkDevice("tun", device, "containers can't have a network", "tun");
}

function checkDevice(subject: string, device: string, without: string, module: string): Finding {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return { subject, level: "ok", detail: `${device} is there` };
  } catch (error) {
    const isForbidden = errnoName(error) === "EACCES";
    const detail = `${device} ${isForbidden ? "can't be opened by this user" : "is missing"}: ${without}`;
    return {
      subject,
      level: "warning",
      detail,
      remedy: isForbidden ? `chmod 666 ${device}, as root` : `modprobe ${module}`,
    };
  }
}
