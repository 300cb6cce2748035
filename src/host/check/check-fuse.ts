import { existsSync } from "node:fs";
import type { Finding } from "./finding.js";

/** Whether seccomp notifications can be carried to an agent: its descriptor is a file of a FUSE file system. */
export function checkFuse(device = "/dev/fuse"): Finding {
  return existsSync(device)
    ? { subject: "fuse", level: "ok", detail: `${device} is there` }
    : {
        subject: "fuse",
        level: "warning",
        detail: `${device} is missing: a profile with SCMP_ACT_NOTIFY can't be used`,
        remedy: "modprobe fuse",
      };
}
