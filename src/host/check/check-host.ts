import { accessSync, constants, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Finding } from "./finding.js";

const MIB = 1024 * 1024;
const REMEDY = "run as root, or with XDG_RUNTIME_DIR set to the user's own, or name another in the configuration";

/** Whether the machine has memory for one more guest. */
export function checkMemory(guestBytes: number, meminfo = readFileSync("/proc/meminfo", "utf8")): Finding {
  const kib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1]);
  const availableBytes = kib * 1024;
  const detail = `${Math.floor(availableBytes / MIB)} MiB available, a guest has ${Math.floor(guestBytes / MIB)} MiB`;
  return availableBytes >= guestBytes
    ? { subject: "memory", level: "ok", detail }
    : { subject: "memory", level: "warning", detail, remedy: "lower guest.memory_mib in the configuration" };
}

/** Whether a directory of ours, or the nearest one above it that exists, can be written. */
export function checkDirectory(subject: string, path: string): Finding {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      accessSync(directory, constants.W_OK | constants.X_OK);
      return { subject, level: "ok", detail: path };
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (missing && directory !== dirname(directory)) continue;
      return { subject, level: "missing", detail: `${path}: ${directory} can't be written`, remedy: REMEDY };
    }
  }
}
