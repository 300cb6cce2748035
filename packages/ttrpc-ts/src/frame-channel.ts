import type { Duplex } from "node:stream";
import { TtrpcError, TtrpcProtocolError } from "./error.js";
import { DEFAULT_MAX_FRAME_BYTES, encodeFrame, FrameDecoder, type Frame } from "./frame.js";

/** Limits of one connection, for client and server alike. */
export interface ConnectionOptions {
  /** Most bytes of data in one frame, both ways; default 4 MiB, as every ttrpc peer has it; below 16 MiB. */
  readonly maxFrameBytes?: number | undefined;
  /** Messages of one stream that wait to be read before the connection is held; default 64. */
  readonly maxQueuedMessages?: number | undefined;
  /**
   * How long one stream whose messages nobody reads may hold the connection
   * before it fails with `resource-exhausted`, in milliseconds; default 1000.
   * ttrpc has no flow control, so it holds every other call for as long.
   */
  readonly stallTimeoutMs?: number | undefined;
}

/** What a channel tells its owner. */
export interface FrameChannelOwner {
  /**
   * True for a server: a client that doesn't read its answers is not heard
   * until it does. A client must go on reading, or both would wait.
   */
  readonly holdsWhileBlocked: boolean;
  /** @throws TtrpcProtocolError to close the connection */
  onFrame(frame: Frame): void;
  /** The connection is over. Called once. */
  onClosed(error: TtrpcError): void;
}

/** Frames over a Duplex, with back-pressure both ways. Owns the Duplex. */
export class FrameChannel {
  /** Settles when the connection is over: with its error, or undefined where `close` ended it. Never rejects. */
  readonly closed: Promise<TtrpcError | undefined>;
  readonly #duplex: Duplex;
  readonly #maxFrameBytes: number;
  readonly #owner: FrameChannelOwner;
  readonly #decoder: FrameDecoder;
  readonly #settle: (error: TtrpcError | undefined) => void;
  #isClosed = false;
  #holds = 0;
  /** Frames that came with the last bytes before the channel was held. */
  #deferred: Frame[] = [];
  #releaseBlocked: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(duplex: Duplex, options: ConnectionOptions, owner: FrameChannelOwner) {
    this.#duplex = duplex;
    this.#owner = owner;
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES;
    this.#decoder = new FrameDecoder(this.#maxFrameBytes, (frame) => this.#deliver(frame));
    let settle: (error: TtrpcError | undefined) => void = () => undefined;
    this.closed = new Promise((resolve) => {
      settle = resolve;
    });
    this.#settle = settle;
    duplex.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    duplex.on("drain", () => this.#wakeWriters());
    duplex.on("end", () => this.#end());
    duplex.on("error", (cause: Error) => this.#fail(new TtrpcError("unavailable", cause.message, { cause })));
    duplex.on("close", () => this.#fail(new TtrpcError("unavailable", "the connection is closed")));
    if (duplex.destroyed) process.nextTick(() => this.#fail(new TtrpcError("unavailable", "the connection is closed")));
  }

  /** True once the connection is over. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True while the peer takes less than is written. */
  get isBlocked(): boolean {
    return !this.#isClosed && this.#duplex.writableNeedDrain;
  }

  /**
   * Sends a frame; on a closed connection it does nothing.
   *
   * @throws TtrpcError `resource-exhausted` for a payload beyond the limit
   */
  send(streamId: number, type: number, flags: number, payload: Uint8Array): void {
    if (payload.length > this.#maxFrameBytes) {
      const message = `a message of ${payload.length} bytes is beyond the limit of ${this.#maxFrameBytes}`;
      throw new TtrpcError("resource-exhausted", message);
    }
    if (this.#isClosed) return;
    const hasRoom = this.#duplex.write(encodeFrame(streamId, type, flags, payload));
    if (!hasRoom && this.#owner.holdsWhileBlocked) this.#releaseBlocked ??= this.hold();
  }

  /** Settles when the peer has caught up with what was written, or the connection is over. */
  ready(): Promise<void> {
    return this.isBlocked ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  /** Stops hearing the peer until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    this.#duplex.pause();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds === 0) this.#continue();
    };
  }

  /** Ends the connection at once. */
  close(): void {
    if (!this.#isClosed) this.#close(new TtrpcError("unavailable", "the connection was closed"), undefined);
  }

  /** Ends the connection once everything written has been taken. */
  async finish(): Promise<void> {
    if (!this.#isClosed) await new Promise<void>((resolve) => this.#duplex.end(resolve));
    this.close();
  }

  #receive(chunk: Uint8Array): void {
    this.#guard(() => this.#decoder.push(chunk));
  }

  #deliver(frame: Frame): void {
    if (this.#holds > 0) this.#deferred.push(frame);
    else if (!this.#isClosed) this.#owner.onFrame(frame);
  }

  #continue(): void {
    const frames = this.#deferred;
    this.#deferred = [];
    this.#guard(() => {
      for (const frame of frames) this.#deliver(frame);
    });
    if (this.#holds === 0 && !this.#isClosed) this.#duplex.resume();
  }

  #guard(work: () => void): void {
    if (this.#isClosed) return;
    try {
      work();
    } catch (cause) {
      this.#fail(
        cause instanceof TtrpcError ? cause : new TtrpcError("internal", "a frame could not be handled", { cause }),
      );
    }
  }

  #end(): void {
    this.#fail(
      this.#decoder.atBoundary
        ? new TtrpcError("unavailable", "the peer closed the connection")
        : new TtrpcProtocolError("the peer closed the connection within a frame"),
    );
  }

  #fail(error: TtrpcError): void {
    if (!this.#isClosed) this.#close(error, error);
  }

  #close(error: TtrpcError, outcome: TtrpcError | undefined): void {
    this.#isClosed = true;
    this.#duplex.destroy();
    this.#wakeWriters();
    this.#owner.onClosed(
      error instanceof TtrpcProtocolError ? new TtrpcError("unavailable", error.message, { cause: error }) : error,
    );
    this.#settle(outcome);
  }

  #wakeWriters(): void {
    this.#releaseBlocked?.();
    this.#releaseBlocked = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
