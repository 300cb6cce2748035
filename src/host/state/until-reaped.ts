import { setTimeout as delay } from "node:timers/promises";
import { type ProcessIdentity, isThere } from "./process-identity.js";

/** Nothing tells anyone but the parent. */
const LOOK_EVERY_MS = 2;

/**
 * Waits until that very process was waited for by its parent: until it isn't even a zombie.
 *
 * @throws the signal's reason
 */
export async function untilReaped(identity: ProcessIdentity, signal: AbortSignal): Promise<void> {
  while (isThere(identity)) {
    await delay(LOOK_EVERY_MS);
    signal.throwIfAborted();
  }
}
