import { existsSync } from "node:fs";
import { watch } from "node:fs/promises";
import { withDeadline } from "../../common/deadline.js";
import type { ContainerRecord } from "../state/container-record.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { StateStore } from "../state/state-store.js";

/**
 * Waits while another command is still creating a container.
 *
 * @param timeoutMs longest wait, in milliseconds
 * @returns its record then
 * @throws TskataError `not-found` where there is none, or the creation failed; `deadline`
 */
export async function awaitCreation(store: StateStore, id: string, timeoutMs: number): Promise<ContainerRecord> {
  const record = store.read(id);
  if (effectiveStatus(record).status !== "creating") return record;
  return withDeadline(`wait for the create of ${id}`, timeoutMs, async (signal) => {
    const found = new AbortController();
    const changes = watch(store.directoryOf(id), { signal: AbortSignal.any([signal, found.signal]) });
    // the watch begins with the first question, and the record may change before that
    let change = changes.next();
    while (existsSync(store.directoryOf(id)) && effectiveStatus(store.read(id)).status === "creating") {
      await change;
      change = changes.next();
    }
    change.catch(() => undefined);
    found.abort();
    return store.read(id);
  });
}
