import { watch } from "node:fs/promises";
import { withDeadline } from "../../common/deadline.js";
import { TskataError } from "../../common/error.js";
import type { ContainerRecord } from "../state/container-record.js";
import { signalProcess } from "../state/process-identity.js";
import type { StateStore } from "../state/state-store.js";

/** Longest wait for a `create` to undo what it began, in milliseconds; then it is killed. */
const UNDO_TIMEOUT_MS = 15_000;

/**
 * Ends a `create` that is under way: it is told to end, undoes what it began
 * and forgets the container.
 *
 * @returns whether it did so in time; one that didn't was killed, and left its record
 */
export async function endCreation(store: StateStore, record: ContainerRecord): Promise<boolean> {
  try {
    await withDeadline(`undo the create of ${record.id}`, UNDO_TIMEOUT_MS, async (signal) => {
      const undone = new AbortController();
      const changes = watch(store.root, { signal: AbortSignal.any([signal, undone.signal]) });
      // the watch begins with the first question, and the record may go before that
      let change = changes.next();
      signalProcess(record.creator, "SIGTERM");
      while (store.find(record.id) !== undefined) {
        await change;
        change = changes.next();
      }
      change.catch(() => undefined);
      undone.abort();
    });
    return true;
  } catch (error) {
    if (!(error instanceof TskataError && error.code === "deadline")) throw error;
    signalProcess(record.creator, "SIGKILL");
    return false;
  }
}
