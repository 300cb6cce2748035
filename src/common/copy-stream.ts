import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Copies until the source ends, which ends the other. A side that breaks
 * breaks the other too: a closed standard output reaches the guest as EPIPE,
 * and needs no report here. Settles when it is over; never rejects.
 */
export async function copyStream(from: Readable, to: Writable): Promise<void> {
  try {
    await pipeline(from, to);
  } catch {
    from.destroy();
    to.destroy();
  }
}
