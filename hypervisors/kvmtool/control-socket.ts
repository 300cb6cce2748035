import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { withDeadline } from "../../src/common/deadline.js";
import { errnoName, TskataError } from "../../src/common/error.js";
import { vmGone } from "../common/vm-errors.js";

/** Types of messages that lkvm takes on its socket; each is two 32-bit words in the host's order, type and length. */
const MESSAGES = { pause: 4, resume: 5, state: 8 } as const;
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
  const state = await withDeadline(what, ANSWER_TIMEOUT_MS, (deadline) => ask(what, path, order, deadline), signal);
  if (state !== (runs ? STATES.running : STATES.paused)) {
    throw new TskataError("internal", `${what}: lkvm says that it is in state ${state}`);
  }
}

/** Gives an order and asks for the state afterwards: lkvm takes what comes by one connection in turn. */
async function ask(what: string, path: string, order: number, signal: AbortSignal): Promise<number> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect", { signal });
    socket.write(Buffer.concat([message(order), message(MESSAGES.state)]));
    return (await read(socket, signal)).readUInt32LE();
  } catch (error) {
    signal.throwIfAborted();
    if (errnoName(error) === undefined) throw error;
    throw vmGone(what, error);
  } finally {
    socket.destroy();
  }
}

function message(type: number): Buffer {
  const head = Buffer.alloc(2 * WORD_BYTES);
  head.writeUInt32LE(type);
  return head;
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
