import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { errnoName } from "../../common/error.js";

/** Reads a file of `key value` lines, such as cgroup.events or memory.stat. */
export function parseFlatKeyed(text: string): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0 && /^\d+$/.test(line.slice(space + 1)))
      values.set(line.slice(0, space), BigInt(line.slice(space + 1)));
  }
  return values;
}

/**
 * Waits until cgroup.events says `key value`. The kernel tells of each change
 * of the file (cgroup-v2.rst, "cgroup.events"), so nothing is polled. A cgroup
 * that is gone counts as empty and thawed.
 *
 * @param directory the cgroup
 * @param signal ends the waiting; its reason is thrown
 */
export async function waitForEvent(
  directory: string,
  key: "populated" | "frozen",
  value: 0n | 1n,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const path = join(directory, "cgroup.events");
  const holds = (): boolean => {
    try {
      return parseFlatKeyed(readFileSync(path, "utf8")).get(key) === value;
    } catch (error) {
      if (errnoName(error) === "ENOENT" || errnoName(error) === "ENODEV") return value === 0n;
      throw error;
    }
  };
  if (holds()) return;
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(path, { persistent: true });
    const finish = (settle: () => void): void => {
      watcher.close();
      signal.removeEventListener("abort", aborted);
      settle();
    };
    const check = (): void => {
      try {
        if (holds()) finish(resolve);
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const aborted = (): void => finish(() => reject(signal.reason as Error));
    signal.addEventListener("abort", aborted, { once: true });
    watcher.on("change", check);
    watcher.on("error", (error) => finish(() => reject(error)));
    // Once more, for a change between the first look and the watch.
    check();
  });
}
