import { readFileSync } from "node:fs";
import { errnoName } from "../../common/error.js";

/** A range of ids of a user namespace: a line of /proc/PID/uid_map, see user_namespaces(7). */
export interface IdRange {
  readonly inside: number;
  /** As the namespace sees it that this process was in when it looked. */
  readonly outside: number;
  readonly size: number;
}

/** All ids there are, which the host's own user namespace has. */
const ALL_IDS = 2 ** 32 - 1;

/**
 * Reads which user ids this process's user namespace has.
 *
 * @returns undefined where it is the host's own, or the kernel has none
 */
export function mappedUserIds(path = "/proc/self/uid_map"): readonly IdRange[] | undefined {
  const ranges = readText(path)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [inside = 0, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
      return { inside, outside, size };
    });
  return ranges.length === 0 || ranges.some(({ size }) => size === ALL_IDS) ? undefined : ranges;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoName(error) === "ENOENT") return "";
    throw error;
  }
}
