import { TskataError } from "../common/error.js";

/** Highest id that is taken, so that a list can't fill the memory. */
const MAX_ID = 8191;

/**
 * Reads a list of CPUs or memory nodes such as `0-3,7` (cpuset(7), "Formats").
 *
 * @throws TskataError `invalid-argument` for anything else, or an id above 8191
 */
export function parseIdList(text: string): number[] {
  const ids = new Set<number>();
  for (const part of text.trim().split(",")) {
    if (part === "") continue;
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    const first = Number(match?.[1] ?? Number.NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= last && last <= MAX_ID)) {
      throw new TskataError("invalid-argument", `list of CPUs or memory nodes: found "${text}", expected e.g. 0-3,7`);
    }
    for (let id = first; id <= last; id += 1) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/** Writes ids as such a list, ranges joined. */
export function formatIdList(ids: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const id of ids) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === id - 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
