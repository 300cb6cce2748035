import type { Http2Stream } from "node:http2";
import { Duplex } from "node:stream";
import { TskataError } from "../common/error.js";

/** Bytes that wait in this layer, each way; the stream's window bounds what is beyond it. */
const HIGH_WATER_MARK_BYTES = 64 * 1024;

/**
 * One stream of the multiplexed connection, as the upper layers see it: an
 * ordinary Duplex that ends like a socket. `end()` is end-of-file to the peer
 * and leaves the other direction open. `destroy()`, before both directions have
 * ended, is a reset: the peer gets an error, never an end-of-file. (An
 * Http2Stream by itself turns some resets into a clean end, and some of its
 * errors into silence.)
 */
export class MultiplexedStream extends Duplex {
  readonly #stream: Http2Stream;
  #resumeWriting: (() => void) | undefined;
  #sawEnd = false;

  /** @param stream nobody else may use it from now on */
  constructor(stream: Http2Stream) {
    super({ allowHalfOpen: true, highWaterMark: HIGH_WATER_MARK_BYTES });
    this.#stream = stream;
    // Whoever reads or writes hears of a reset; without a listener it would end the process.
    this.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    // Node closes a server's stream whose response has ended before anything was read.
    stream.pause();
    stream.read(0);
    stream.on("end", () => {
      this.#sawEnd = true;
      this.push(null);
    });
    stream.on("drain", () => this.#continueWriting());
    stream.on("error", (cause) => this.destroy(reset(cause)));
    stream.on("close", () => {
      if (!this.#sawEnd || !stream.writableFinished) this.destroy(reset());
      this.#continueWriting();
    });
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#stream.destroyed) done(reset());
    else if (this.#stream.write(chunk)) done();
    else this.#resumeWriting = done;
  }

  override _final(done: (error?: Error) => void): void {
    if (this.#stream.destroyed) done(reset());
    else this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isComplete = this.readableEnded && this.writableFinished;
    // Without an error, or with an AbortError, Node would send NO_ERROR or CANCEL: its other end takes both for an end-of-file.
    if (!this.#stream.destroyed) this.#stream.destroy(isComplete ? undefined : reset(error));
    done(error);
  }

  #continueWriting(): void {
    const done = this.#resumeWriting;
    this.#resumeWriting = undefined;
    done?.();
  }
}

function reset(cause?: Error | null): TskataError {
  return new TskataError("unavailable", "the stream was reset by the other side of the VM's boundary", { cause });
}
