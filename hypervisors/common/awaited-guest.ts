import type { Duplex } from "node:stream";
import { unlessAborted } from "../../src/common/deadline.js";

/** A guest that is going to connect. */
export interface AwaitedGuest {
  readonly came: Promise<Duplex>;
  /** Waits no longer; a connection that stands goes on. */
  close(): void;
}

/**
 * The connection of the one guest that is awaited.
 *
 * @throws the signal's reason
 */
export async function receiveGuest(awaited: AwaitedGuest, signal?: AbortSignal): Promise<Duplex> {
  const socket = await (signal === undefined ? awaited.came : unlessAborted(awaited.came, signal));
  awaited.close();
  return socket;
}
