import { connect, type Socket } from "node:net";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { unlessAborted } from "../../src/common/deadline.js";
import { TskataError } from "../../src/common/error.js";

/** What the guest sends once its terminal passes every byte: CONSOLE_GREETING of src/agent/launcher/init. */
export const GREETING = Buffer.from("tskata:agent\n");

/**
 * Connects to where the device model listens for a channel's other end. What
 * the guest sends before is lost, so the guest is not to run yet.
 *
 * @throws TskataError `unavailable`
 */
export async function connectChannel(path: string): Promise<Socket> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new TskataError("unavailable", `connect to the agent's channel ${path}: ${String(cause)}`, { cause });
  }
  // The VM's end is what counts, and the driver tells of it.
  return socket.on("error", () => undefined);
}

/**
 * Waits for the guest's greeting, and gives the channel from there on.
 *
 * @throws TskataError `unavailable` where the channel ends before, or begins otherwise; the signal's reason
 */
export async function greetedChannel(socket: Duplex, signal?: AbortSignal): Promise<Duplex> {
  let begun = Buffer.alloc(0);
  const greeted = async (): Promise<void> => {
    while (begun.length < GREETING.length) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) begun = Buffer.concat([begun, chunk]);
      else if (socket.readableEnded || socket.destroyed) throw tooShort(begun);
      else await Promise.race([once(socket, "readable"), once(socket, "close")]);
    }
  };
  await (signal === undefined ? greeted() : unlessAborted(greeted(), signal));
  if (!begun.subarray(0, GREETING.length).equals(GREETING)) throw tooShort(begun);
  if (begun.length > GREETING.length) socket.unshift(begun.subarray(GREETING.length));
  return socket;
}

function tooShort(begun: Buffer): TskataError {
  const found =
    begun.length === 0
      ? "it ended without a word"
      : `it began with ${JSON.stringify(begun.toString("latin1").slice(0, 40))}`;
  return new TskataError("unavailable", `the agent's channel is not the guest's agent: ${found}`);
}
