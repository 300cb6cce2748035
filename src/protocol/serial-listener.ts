import type { Duplex } from "node:stream";
import { MuxConnection } from "./mux/connection.js";
import { FrameKind } from "./mux/frame.js";
import { MuxStream } from "./mux/stream.js";
import type { Listener, OutputCarrier } from "./transport.js";

const JOINS = { stdout: FrameKind.joinStdout, stderr: FrameKind.joinStderr };

/**
 * The agent's side of `dialSerial`. Ports must be served in the same turn of
 * the event loop, before the first request is read.
 *
 * @param channel the raw channel, by way of init; it is the listener's own from now on
 */
export function listenSerial(channel: Duplex): Listener & OutputCarrier {
  return new SerialListener(channel);
}

class SerialListener implements Listener, OutputCarrier {
  readonly closed: Promise<Error | undefined>;
  readonly #connection: MuxConnection;
  readonly #handlers = new Map<number, (stream: Duplex) => void>();
  /** Streams that init has, and who waits for their end. */
  readonly #joined = new Map<number, () => void>();

  constructor(channel: Duplex) {
    this.#connection = new MuxConnection(channel, {
      onOpen: (streamId, port) => this.#open(streamId, port),
      onHandedOver: (kind, streamId) => this.#hear(kind, streamId),
    });
    this.closed = this.#connection.closed.then((error) => {
      for (const settle of this.#joined.values()) settle();
      return error;
    });
  }

  onStream(port: number, handler: (stream: Duplex) => void): void {
    this.#handlers.set(port, handler);
  }

  join(stream: Duplex, launcher: number, output: "stdout" | "stderr"): Promise<void> {
    if (!(stream instanceof MuxStream)) throw new TypeError("only a stream of this connection can be joined");
    const { id } = stream;
    const over = new Promise<void>((resolve) => {
      this.#joined.set(id, resolve);
    });
    stream.leave();
    this.#connection.send(JOINS[output], id, launcher);
    if (!this.#connection.isOpen) this.#joined.get(id)?.();
    return over;
  }

  forget(launcher: number): void {
    this.#connection.send(FrameKind.forget, 0, launcher);
  }

  close(): void {
    this.#connection.close();
  }

  #open(streamId: number, port: number): void {
    const handler = this.#handlers.get(port);
    if (handler === undefined) {
      this.#connection.send(FrameKind.refuse, streamId);
      return;
    }
    const stream = this.#connection.addStream(streamId);
    this.#connection.send(FrameKind.accept, streamId);
    handler(stream);
  }

  #hear(kind: FrameKind, streamId: number): void {
    const settle = this.#joined.get(streamId);
    if (settle === undefined) return;
    if (kind === FrameKind.over) {
      this.#joined.delete(streamId);
      settle();
    } else if (kind === FrameKind.reset) {
      // The host broke it off just before init had it, who must know.
      this.#connection.send(kind, streamId);
    }
  }
}
