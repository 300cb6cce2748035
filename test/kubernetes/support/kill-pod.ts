import { readdirSync, readFileSync } from "node:fs";
import { errnoName } from "../../../src/common/error.js";

/**
 * Kills the node's processes in a pod's cgroup: its VM, and who serves it files.
 *
 * @param uid the pod's, by the API
 * @returns how many there were
 */
export function killPod(uid: string): number {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && cgroupsOf(entry).includes(`pod${uid}`));
  for (const pid of pids) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      // some end with others
      if (errnoName(error) !== "ESRCH") throw error;
    }
  }
  return pids.length;
}

function cgroupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return ""; // gone
  }
}
