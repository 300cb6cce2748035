import { pollUntil } from "../../common/poll-until.js";
import { type ProcessIdentity, isThere } from "./process-identity.js";

/** Nothing tells anyone but the parent. */
const LOOK_EVERY_MS = 2;

/**
 * Waits until that very process was waited for by its parent: until it isn't even a zombie.
 *
 * @throws the signal's reason
 */
export async function untilReaped(identity: ProcessIdentity, signal: AbortSignal): Promise<void> {
  await pollUntil(() => !isThere(identity), LOOK_EVERY_MS, signal);
}
