import { Duplex, type Readable, type Writable } from "node:stream";

/**
 * The launcher's input and output sockets as the one stream that a terminal is.
 *
 * Each direction ends by itself: the end of the input leaves the output as it
 * is. Back-pressure is handed on both ways.
 */
export class TerminalStream extends Duplex {
  readonly #input: Writable;
  readonly #output: Readable;

  /**
   * @param input takes what is typed
   * @param output gives what is shown
   */
  constructor(input: Writable, output: Readable) {
    super({ allowHalfOpen: true });
    this.#input = input;
    this.#output = output;
    output.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) output.pause();
    });
    output.once("end", () => this.push(null));
    // A broken socket is the end of the terminal as well.
    output.once("close", () => {
      if (!output.readableEnded) this.push(null);
    });
    output.pause();
  }

  override _read(): void {
    this.#output.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#input.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#input.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#input.destroy();
    this.#output.destroy();
    done(error);
  }
}
