import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { isGone } from "./is-gone.js";

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
 * Waits until cgroup.events says `key value`. A cgroup that is gone counts as empty and thawed.
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
  await waitForFile(
    join(directory, "cgroup.events"),
    (values) => (values === undefined ? 0n : values.get(key)) === value,
    signal,
  );
}

/**
 * Waits until memory.events tells of more processes than these that were killed because memory ran out. A cgroup that is
 * gone has none.
 *
 * @param signal as of `waitForEvent`
 */
export async function waitForOomKill(directory: string, seen: number, signal: AbortSignal): Promise<void> {
  const hasMore = (values: Map<string, bigint> | undefined): boolean => (values?.get("oom_kill") ?? 0n) > BigInt(seen);
  await waitForFile(join(directory, "memory.events"), hasMore, signal);
}

/**
 * The kernel tells of each change of such a file (cgroup-v2.rst, "cgroup.events"), so nothing is polled.
 *
 * @param holds whether it says what is waited for; gets nothing where the cgroup is gone
 */
async function waitForFile(
  path: string,
  holds: (values: Map<string, bigint> | undefined) => boolean,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const look = (): boolean => holds(readIfThere(path));
  if (look()) return;
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(path, { persistent: true });
    const finish = (settle: () => void): void => {
      watcher.close();
      signal.removeEventListener("abort", aborted);
      settle();
    };
    const check = (): void => {
      try {
        if (look()) finish(resolve);
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

function readIfThere(path: string): Map<string, bigint> | undefined {
  try {
    return parseFlatKeyed(readFileSync(path, "utf8"));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
