import type { Duplex } from "node:stream";
import { TskataError } from "../common/error.js";
import { MAX_STREAMS, MuxConnection } from "./mux/connection.js";
import { FrameKind } from "./mux/frame.js";
import type { MuxStream } from "./mux/stream.js";
import type { Dialer } from "./transport.js";

/** As with vsock(7), a port has 32 bits; the last one means "any" there. */
const MAX_PORT = 0xffff_fffe;

/**
 * Multiplexes one byte stream to the agent (a serial port). The guest is
 * hostile: whatever it sends that the agent has no reason to send ends the
 * connection with `unavailable`.
 *
 * @param channel the raw channel; it is the dialer's own from now on
 */
export function dialSerial(channel: Duplex): SerialDialer {
  return new SerialDialer(channel, undefined);
}

/**
 * Goes on with a connection that was left while no stream was open: the agent
 * of a clone is where its template's was.
 *
 * @param channel as for `dialSerial`
 * @param nextStreamId what the dialer before had, of the same name
 */
export function resumeSerial(channel: Duplex, nextStreamId: number): SerialDialer {
  return new SerialDialer(channel, nextStreamId);
}

/** The host's end of a connection. */
export class SerialDialer implements Dialer {
  readonly closed: Promise<Error | undefined>;
  readonly #connection: MuxConnection;
  readonly #waiting = new Map<number, (accepted: boolean) => void>();
  #nextId: number;

  constructor(channel: Duplex, resumeAt: number | undefined) {
    const events = {
      onAnswer: (streamId: number, accepted: boolean): void => {
        // An answer that nobody waits for is one to a dial that was given up.
        this.#waiting.get(streamId)?.(accepted);
        this.#waiting.delete(streamId);
      },
    };
    this.#nextId = resumeAt ?? 1;
    this.#connection = new MuxConnection(channel, events, { resumed: resumeAt !== undefined });
    this.closed = this.#connection.closed;
  }

  /** The number of the next stream: no earlier one had it or a higher one. */
  get nextStreamId(): number {
    return this.#nextId;
  }

  /** How many streams are open on this side. */
  get streamCount(): number {
    return this.#connection.streamCount;
  }

  async dial(port: number, signal?: AbortSignal): Promise<Duplex> {
    signal?.throwIfAborted();
    const stream = this.#ask(port);
    const what = dialling(port);
    try {
      if (await this.#answer(stream, what, signal)) return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    } finally {
      this.#waiting.delete(stream.id);
    }
    const nobody = unserved(port);
    stream.receiveReset(nobody);
    throw nobody;
  }

  open(port: number): Duplex {
    const stream = this.#ask(port);
    this.#waiting.set(stream.id, (accepted) => {
      if (!accepted) stream.receiveReset(unserved(port));
    });
    stream.once("close", () => this.#waiting.delete(stream.id));
    return stream;
  }

  #ask(port: number): MuxStream {
    const what = dialling(port);
    if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
      throw new TskataError("invalid-argument", `${what}: a port is a number from 1 to ${MAX_PORT}`);
    }
    if (!this.#connection.isOpen) {
      throw new TskataError("unavailable", `${what}: its connection is gone`, { cause: this.#connection.failure });
    }
    if (this.#connection.streamCount >= MAX_STREAMS) {
      throw new TskataError("resource", `${what}: ${MAX_STREAMS} streams are open already`);
    }
    const id = this.#nextId++;
    const stream = this.#connection.addStream(id);
    this.#connection.send(FrameKind.open, id, port);
    return stream;
  }

  close(): void {
    this.#connection.close();
  }

  #answer(stream: MuxStream, what: string, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => settle(() => reject(signal?.reason as Error));
      const onClose = (): void =>
        settle(() => {
          const cause = this.#connection.failure;
          reject(new TskataError("unavailable", `${what}: ${cause?.message ?? "the stream was reset"}`, { cause }));
        });
      const settle = (report: () => void): void => {
        signal?.removeEventListener("abort", onAbort);
        stream.off("close", onClose);
        report();
      };
      this.#waiting.set(stream.id, (accepted) => settle(() => resolve(accepted)));
      stream.once("close", onClose);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function dialling(port: number): string {
  return `dial port ${port} of the agent`;
}

function unserved(port: number): TskataError {
  return new TskataError("unavailable", `${dialling(port)}: nobody serves it there`);
}
