import type { IdMapping } from "./mount.js";

/** Mappings as /proc/PID/uid_map takes them (user_namespaces(7)). */
export function idMapText(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
}
