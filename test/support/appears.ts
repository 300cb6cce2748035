import { existsSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";

/** Waits until a directory has an entry of that name. (Watching a tree would be a race with what comes and goes in it.) */
export function appears(directory: string, name: string, signal: AbortSignal): Promise<void> {
  return changesUntil(directory, () => existsSync(join(directory, name)), signal);
}

/** Waits until a directory has no entry of that name. */
export function vanishes(directory: string, name: string, signal: AbortSignal): Promise<void> {
  return changesUntil(directory, () => !existsSync(join(directory, name)), signal);
}

async function changesUntil(directory: string, isSo: () => boolean, signal: AbortSignal): Promise<void> {
  const found = new AbortController();
  const changes = watch(directory, { signal: AbortSignal.any([signal, found.signal]) });
  // the watch begins with the first question
  let change = changes.next();
  while (!isSo()) {
    await change;
    change = changes.next();
  }
  change.catch(() => undefined);
  found.abort();
}
