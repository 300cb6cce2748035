import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import { type PreservedFdStream, preservedFdNumber } from "../../protocol/preserved-fds.js";
import { withDeadline } from "../../common/deadline.js";

/** What a connection of a monitor is for. */
export type MonitorStreamKind = StandardKind | PreservedFdStream;

type StandardKind = (typeof STANDARD_KIND_NAMES)[number];

/** `names` leads to the name server of the monitor's network namespace. */
const STANDARD_KIND_NAMES = ["control", "stdin", "stdout", "stderr", "terminal", "names"] as const;
const STANDARD_KINDS: ReadonlySet<string> = new Set(STANDARD_KIND_NAMES);
const GREETING_TIMEOUT_MS = 10_000;
const CLAIM_TIMEOUT_MS = 30_000;
const MAX_GREETING_BYTES = 256;
const MAX_UNCLAIMED = 1024;

/**
 * Where monitors connect: one connection a stream, each opened by a line
 * `<token> <kind>`. A connection waits until the process with its token asks
 * for it, and the process waits for its connections: either may come first.
 */
export class StdioServer {
  readonly #server: Server;
  readonly #waiting = new Map<string, (stream: Duplex) => void>();
  readonly #unclaimed = new Map<string, Duplex>();
  /** Tokens whose monitors are turned away, those that still have to come included. */
  readonly #refused = new Set<string>();

  private constructor(onError: (error: unknown) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#welcome(socket).catch((error: unknown) => {
        socket.destroy();
        onError(error);
      });
    });
  }

  /**
   * @param onError hears of connections that were turned away
   * @throws the system's error where the socket can't be bound
   */
  static async listen(path: string, onError: (error: unknown) => void): Promise<StdioServer> {
    const stdio = new StdioServer(onError);
    stdio.#server.listen(path);
    await once(stdio.#server, "listening");
    return stdio;
  }

  /**
   * The connection of a process' stream, paused; its first bytes are the stream's.
   *
   * @throws TskataError `deadline` where the monitor doesn't come
   */
  async claim(token: string, kind: MonitorStreamKind, signal?: AbortSignal): Promise<Duplex> {
    const key = `${token} ${kind}`;
    const present = this.#unclaimed.get(key);
    if (present !== undefined) {
      this.#unclaimed.delete(key);
      return present;
    }
    try {
      return await withDeadline(
        `wait for the monitor's ${kind} stream`,
        CLAIM_TIMEOUT_MS,
        () => new Promise<Duplex>((resolve) => this.#waiting.set(key, resolve)),
        signal,
      );
    } finally {
      this.#waiting.delete(key);
    }
  }

  /**
   * Takes the stream of a process whose monitor is part of this process.
   *
   * @throws TskataError `failed-precondition` where that was turned away, `resource` where one is there already
   */
  offer(token: string, kind: MonitorStreamKind, stream: Duplex): void {
    if (this.#refused.has(token)) throw new TskataError("failed-precondition", "a monitor of a refused process came");
    const key = `${token} ${kind}`;
    const claimed = this.#waiting.get(key);
    if (claimed !== undefined) {
      claimed(stream);
    } else if (this.#unclaimed.has(key) || this.#unclaimed.size >= MAX_UNCLAIMED) {
      throw new TskataError("resource", `a monitor's ${kind} stream came twice, or too many wait`);
    } else {
      this.#unclaimed.set(key, stream);
      stream.once("close", () => {
        if (this.#unclaimed.get(key) === stream) this.#unclaimed.delete(key);
      });
    }
  }

  /** Turns a monitor away, now or when it comes: its process won't be. */
  refuse(token: string): void {
    if (this.#refused.size >= MAX_UNCLAIMED) this.#refused.clear();
    this.#refused.add(token);
    for (const [key, stream] of this.#unclaimed) {
      if (key.startsWith(`${token} `)) stream.destroy();
    }
  }

  /** Stops listening and turns away who was never claimed. */
  close(): void {
    this.#server.close();
    for (const stream of this.#unclaimed.values()) stream.destroy();
    this.#unclaimed.clear();
  }

  async #welcome(socket: Socket): Promise<void> {
    socket.on("error", () => socket.destroy());
    const line = await withDeadline("read a monitor's first line", GREETING_TIMEOUT_MS, (signal) =>
      readFirstLine(socket, signal),
    );
    const [token, kind] = line.split(" ");
    if (token === undefined || token === "" || kind === undefined || !isKind(kind)) {
      throw new TskataError("invalid-argument", `a monitor's first line is ${JSON.stringify(line)}`);
    }
    this.offer(token, kind, socket);
  }
}

function isKind(kind: string): kind is MonitorStreamKind {
  return STANDARD_KINDS.has(kind) || preservedFdNumber(kind) !== undefined;
}

/** Reads up to the first line feed and puts the rest back; leaves the socket paused. */
async function readFirstLine(socket: Socket, signal: AbortSignal): Promise<string> {
  let held = Buffer.alloc(0);
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) {
        throw new TskataError("unavailable", "a monitor hung up before its first line");
      }
      await Promise.race([once(socket, "readable", { signal }), once(socket, "close", { signal })]);
      continue;
    }
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf(0x0a);
    if (end === -1 && held.length <= MAX_GREETING_BYTES) continue;
    if (end === -1 || end > MAX_GREETING_BYTES) {
      throw new TskataError("invalid-argument", "a monitor's first line is too long");
    }
    const rest = held.subarray(end + 1);
    if (rest.length > 0) socket.unshift(rest);
    return held.subarray(0, end).toString("latin1");
  }
}
