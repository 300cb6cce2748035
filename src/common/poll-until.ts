import { setTimeout as delay } from "node:timers/promises";

/**
 * Looks again and again until something is so: for what tells nobody when it changes.
 *
 * @param isSo one look
 * @param everyMs milliseconds between a look and the next
 * @param signal noticed between two looks; for ever where absent
 * @throws the signal's reason, and as `isSo`
 */
export async function pollUntil(
  isSo: () => boolean | Promise<boolean>,
  everyMs: number,
  signal?: AbortSignal,
): Promise<void> {
  while (!(await isSo())) {
    await delay(everyMs);
    signal?.throwIfAborted();
  }
}
