import { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import { FrameKind, violation } from "./frame.js";

/** What one side may have under way to the other in one stream: bounds the memory that a stream can take. */
export const WINDOW_BYTES = 1024 * 1024;
/** Consumed bytes are granted again in steps of this size. */
const GRANT_BYTES = WINDOW_BYTES / 4;
const HIGH_WATER_MARK_BYTES = 64 * 1024;

/** What a stream needs of its connection. */
export interface StreamCarrier {
  send(kind: FrameKind, streamId: number, number?: number): void;
  /** The stream has bytes to send, or may send again. */
  wantsToSend(stream: MuxStream): void;
  /** The stream is over. */
  forget(stream: MuxStream): void;
}

/**
 * One stream of a multiplexed connection: an ordinary Duplex that ends like a
 * socket. `end()` is end-of-file to the peer and leaves the other direction
 * open. `destroy()`, before both directions have ended, is a reset: the peer
 * gets an error, never an end-of-file.
 */
export class MuxStream extends Duplex {
  readonly id: number;
  readonly #carrier: StreamCarrier;
  #sendWindow = WINDOW_BYTES;
  #receivedBytes = 0;
  #grantedBytes = WINDOW_BYTES;
  #pending: { bytes: Buffer; done: (error?: Error) => void } | undefined;
  #peerHasEnded = false;
  #endSent = false;
  #isLeft = false;

  constructor(id: number, carrier: StreamCarrier) {
    super({ allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK_BYTES });
    this.id = id;
    this.#carrier = carrier;
    // Whoever reads or writes hears of a reset; without a listener it would end the process.
    this.on("error", () => undefined);
  }

  /** Bytes that could be sent now. */
  get sendable(): number {
    return Math.min(this.#pending?.bytes.length ?? 0, this.#sendWindow);
  }

  /**
   * Sends up to `maxBytes` of what is to be sent.
   *
   * @param write puts the bytes into the channel
   */
  sendSome(maxBytes: number, write: (bytes: Buffer) => void): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const piece = pending.bytes.subarray(0, Math.min(maxBytes, this.#sendWindow));
    this.#sendWindow -= piece.length;
    pending.bytes = pending.bytes.subarray(piece.length);
    write(piece);
    if (pending.bytes.length > 0) return;
    this.#pending = undefined;
    // What follows, the end of the stream perhaps, must come behind the bytes.
    pending.done();
  }

  /** @throws TskataError `unavailable` where the peer sends more than it may */
  receive(bytes: Buffer): void {
    if (this.#peerHasEnded) throw violation(`it sent bytes after the end of stream ${this.id}`);
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes > this.#grantedBytes) throw violation(`it sent more than stream ${this.id} had room for`);
    if (!this.destroyed) this.push(bytes);
  }

  /** The peer has no more bytes. */
  receiveEnd(): void {
    if (this.#peerHasEnded) throw violation(`it ended stream ${this.id} twice`);
    this.#peerHasEnded = true;
    if (!this.destroyed) this.push(null);
  }

  /** The peer broke the stream off, or the connection is gone. */
  receiveReset(cause?: Error): void {
    this.#endSent = true;
    this.#peerHasEnded = true;
    this.destroy(reset(cause));
  }

  /** Ends it on this side only, without a word to the peer. */
  leave(): void {
    this.#isLeft = true;
    this.destroy();
  }

  /** The peer has room for so many bytes more. */
  receiveWindow(bytes: number): void {
    this.#sendWindow += bytes;
    if (this.#sendWindow > WINDOW_BYTES) throw violation(`it granted stream ${this.id} more than its window`);
    if (this.#pending !== undefined) this.#carrier.wantsToSend(this);
  }

  override _read(): void {
    // A read() takes its bytes out of the buffer only after this, perhaps all of a window at once.
    queueMicrotask(() => this.#grant());
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (bytes.length === 0) {
      done();
      return;
    }
    this.#pending = { bytes, done };
    this.#carrier.wantsToSend(this);
  }

  override _final(done: (error?: Error) => void): void {
    this.#endSent = true;
    this.#carrier.send(FrameKind.end, this.id);
    done();
  }

  /** Lets the peer send as much as was consumed, once that is worth a frame. */
  #grant(): void {
    const consumedBytes = this.#receivedBytes - this.readableLength;
    const grant = consumedBytes + WINDOW_BYTES - this.#grantedBytes;
    if (grant < GRANT_BYTES || this.#peerHasEnded || this.destroyed) return;
    this.#grantedBytes += grant;
    this.#carrier.send(FrameKind.window, this.id, grant);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const hasEnded = this.#endSent && this.#peerHasEnded && this.readableEnded;
    if (!hasEnded && !this.#isLeft) this.#carrier.send(FrameKind.reset, this.id);
    this.#carrier.forget(this);
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.done(error ?? reset());
    done(error);
  }
}

/** The error that the users of a broken stream get. */
export function reset(cause?: Error): TskataError {
  return new TskataError("unavailable", "the stream was reset by the other side of the VM's boundary", { cause });
}
