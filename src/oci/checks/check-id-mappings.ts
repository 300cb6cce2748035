import type { IdMapping } from "../mount.js";
import type { ReportIssue } from "../validation/issue.js";

/** Lines that the kernel takes in a uid_map or gid_map; user_namespaces(7). */
const MAX_LINES = 340;

/** Checks that the kernel would take the ranges: sizes, the end of the ids, no overlap on either side. */
export function checkIdMappings(mappings: readonly IdMapping[], path: string, error: ReportIssue): void {
  if (mappings.length > MAX_LINES) error(path, `${mappings.length} ranges`, `at most ${MAX_LINES}`);
  for (const [index, { containerID, hostID, size }] of mappings.entries()) {
    if (size === 0) error(`${path}[${index}].size`, "0", "at least 1");
    if (Math.max(containerID, hostID) + size > 2 ** 32) {
      error(`${path}[${index}].size`, String(size), "ids that end at 4294967295");
    }
  }
  for (const side of ["containerID", "hostID"] as const) {
    const ordered = mappings
      .map((mapping, index) => ({ mapping, index }))
      .toSorted((a, b) => a.mapping[side] - b.mapping[side]);
    let end = 0;
    for (const { mapping, index } of ordered) {
      if (mapping[side] < end) error(`${path}[${index}].${side}`, String(mapping[side]), "ranges that don't overlap");
      end = Math.max(end, mapping[side] + mapping.size);
    }
  }
}
