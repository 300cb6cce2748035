import { readdirSync, readFileSync } from "node:fs";

/**
 * The node's processes in a pod's cgroup: its VM, and who serves it files.
 *
 * @param uid the pod's, by the API
 * @returns process ids
 */
export function podProcesses(uid: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && cgroupsOf(entry).includes(`pod${uid}`))
    .map(Number);
}

function cgroupsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return ""; // gone
  }
}
