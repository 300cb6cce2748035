import { existsSync } from "node:fs";
import type { Finding } from "./finding.js";

/** Whether the host could talk to its guests over vsock. */
export function checkVsock(device = "/dev/vhost-vsock"): Finding {
  return existsSync(device)
    ? { subject: "vsock", level: "ok", detail: `${device} is there` }
    : {
        subject: "vsock",
        level: "warning",
        detail: `${device} is missing: the agent is reached over a virtio-serial port`,
        remedy: "modprobe vhost_vsock",
      };
}
