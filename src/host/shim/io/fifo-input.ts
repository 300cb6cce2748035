import { readSync } from "node:fs";
import { Socket } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { errnoName } from "../../../common/error.js";
import { readFifo } from "./fifo.js";

const CHUNK_BYTES = 64 * 1024;

/** A standard input that is read from a named pipe. */
export class FifoInput {
  readonly #fifo: Socket;
  readonly #fd: number;
  readonly #input = new PassThrough();

  /** @throws as `readFifo` */
  constructor(path: string) {
    this.#fd = readFifo(path);
    this.#fifo = new Socket({ fd: this.#fd, readable: true, writable: false });
    this.#fifo.on("error", () => this.#input.end());
    this.#fifo.pipe(this.#input);
    this.#input.once("close", () => this.#fifo.destroy());
  }

  /** Its bytes are read there; it ends by `finish`. */
  get stream(): Duplex {
    return this.#input;
  }

  /** Nothing more comes: what is in the pipe already is the end, whoever else has it open for writing. */
  finish(): void {
    if (this.#fifo.destroyed || this.#input.writableEnded) return;
    this.#fifo.unpipe(this.#input);
    for (let chunk = this.#fifo.read() as Buffer | null; chunk !== null; chunk = this.#fifo.read() as Buffer | null) {
      this.#input.write(chunk);
    }
    for (let chunk = this.#readPipe(); chunk.length > 0; chunk = this.#readPipe()) this.#input.write(chunk);
    this.#input.end();
    this.#fifo.destroy();
  }

  /** What is there; nothing where that is all. */
  #readPipe(): Buffer {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    try {
      return buffer.subarray(0, readSync(this.#fd, buffer));
    } catch (error) {
      if (errnoName(error) === "EAGAIN") return Buffer.alloc(0);
      throw error;
    }
  }
}
