import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { withDeadline } from "../../src/common/deadline.js";
import { errnoName, TskataError } from "../../src/common/error.js";
import { vmGone } from "../common/vm-errors.js";

/**
 * Types of messages that lkvm takes on its socket; each is two 32-bit words in the host's order, type and length, and what
 * belongs to it. Another one has the guest tell of its memory, which lkvm takes without a look at the length.
 */
const MESSAGES = { balloon: 1, pause: 4, resume: 5, state: 8 } as const;
/** What it answers about its state: one word. */
const STATES = { running: 0, paused: 1 } as const;

const WORD_BYTES = 4;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Has lkvm halt all vCPUs, or let them go on. Settles when it says that it has.
 *
 * @param path of its socket
 * @throws TskataError `unavailable` where lkvm is gone, `deadline` where it doesn't answer within 10 s, `internal` where it
 *   hasn't done it, the signal's reason
 */
export async function setRunning(path: string, runs: boolean, signal?: AbortSignal): Promise<void> {
  const what = runs ? "resume the VM" : "pause the VM";
  const order = runs ? MESSAGES.resume : MESSAGES.pause;
  const state = await withDeadline(
    what,
    ANSWER_TIMEOUT_MS,
    (deadline) => ask(what, path, message(order), deadline),
    signal,
  );
  if (state !== (runs ? STATES.running : STATES.paused)) {
    throw new TskataError("internal", `${what}: lkvm says that it is in state ${state}`);
  }
}

/**
 * Has lkvm ask its guest for memory, or offer it some back. Settles when lkvm has taken the order; the guest follows later.
 *
 * @param what what is asked for, for errors
 * @param path of its socket
 * @param mib how much more the balloon is to hold; negative for less
 * @throws TskataError `unavailable` where lkvm is gone, `deadline` where it doesn't answer within 10 s, the signal's reason
 */
export async function fillBalloon(what: string, path: string, mib: number, signal?: AbortSignal): Promise<void> {
  const amount = Buffer.alloc(WORD_BYTES);
  amount.writeInt32LE(mib);
  const order = message(MESSAGES.balloon, amount);
  await withDeadline(what, ANSWER_TIMEOUT_MS, (deadline) => ask(what, path, order, deadline), signal);
}

/** Gives an order and asks for the state afterwards: lkvm takes what comes by one connection in turn. */
async function ask(what: string, path: string, order: Buffer, signal: AbortSignal): Promise<number> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect", { signal });
    socket.write(Buffer.concat([order, message(MESSAGES.state)]));
    return (await read(socket, signal)).readUInt32LE();
  } catch (error) {
    signal.throwIfAborted();
    if (errnoName(error) === undefined) throw error;
    throw vmGone(what, error);
  } finally {
    socket.destroy();
  }
}

function message(type: number, content = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(2 * WORD_BYTES);
  head.writeUInt32LE(type);
  head.writeUInt32LE(content.length, WORD_BYTES);
  return Buffer.concat([head, content]);
}

async function read(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  let held = Buffer.alloc(0);
  while (held.length < WORD_BYTES) {
    const ended = once(socket, "end", { signal }).then(() => {
      throw Object.assign(new Error("lkvm hung up"), { code: "ECONNRESET" });
    });
    ended.catch(() => undefined);
    const [chunk] = (await Promise.race([once(socket, "data", { signal }), ended])) as [Buffer];
    held = Buffer.concat([held, chunk]);
  }
  return held;
}
