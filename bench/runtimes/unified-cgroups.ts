import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

const UNIFIED = "/sys/fs/cgroup/unified";
const READY = "ready";

/** A mount namespace in which the host's cgroup v2 tree stands alone. */
export interface UnifiedCgroups {
  /** What runs a program there; it keeps its pid and costs a millisecond. */
  readonly enter: readonly string[];
  /** Lets it go. */
  close(): Promise<void>;
}

/** Whether this host has cgroup v2 beside v1, with which crun doesn't work. */
export function hasHybridCgroups(): boolean {
  return existsSync(`${UNIFIED}/cgroup.procs`);
}

/** Makes the namespace, for a host with hybrid cgroups; it ends with this process at the latest. */
export async function unifiedCgroups(): Promise<UnifiedCgroups> {
  // A cat reads from us until we end.
  const script = `mount --bind ${UNIFIED} /sys/fs/cgroup && echo ${READY} && exec cat`;
  const holder = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
    // What interrupts us must not take it from those who clean up.
    detached: true,
  });
  const ended = once(holder, "exit");
  const [first] = (await Promise.race([once(holder.stdout, "data"), ended])) as [Buffer | number | null];
  if (!(first instanceof Buffer)) throw new Error(`bind ${UNIFIED}: ended with status ${String(first)}`);
  return {
    enter: ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`, "--"],
    close: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}
