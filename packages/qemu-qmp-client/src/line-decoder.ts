import { QmpError } from "./errors.js";

const LINE_FEED = 0x0a;
const FIRST_CAPACITY_BYTES = 4096;

/**
 * Cuts a byte stream into lines of UTF-8 text. A line that is longer than the
 * limit is refused before it is kept, so the decoder never holds more than
 * `maxLineBytes` of the stream.
 */
export class LineDecoder {
  readonly #maxLineBytes: number;
  readonly #text = new TextDecoder("utf-8", { fatal: true });
  #pending = Buffer.alloc(0);
  #pendingBytes = 0;

  /** @param maxLineBytes the longest line, without its line feed */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** How many bytes of an unfinished line are held. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Takes the next bytes and yields each line that they complete, without its
   * end (`\n` or `\r\n`); empty lines are skipped.
   *
   * @throws QmpError `protocol` on a line beyond the limit or that is not UTF-8
   */
  *push(chunk: Uint8Array): Generator<string, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      start = end + 1;
      if (line !== "") yield line;
    }
    this.#keep(chunk.subarray(start));
  }

  #complete(rest: Uint8Array): string {
    if (this.#pendingBytes === 0) {
      this.#checkRoomFor(rest);
      return this.#decode(rest);
    }
    this.#keep(rest);
    const line = this.#decode(this.#pending.subarray(0, this.#pendingBytes));
    this.#pendingBytes = 0;
    return line;
  }

  #checkRoomFor(part: Uint8Array): void {
    if (this.#pendingBytes + part.byteLength > this.#maxLineBytes) {
      throw new QmpError("protocol", `a QMP line is longer than the limit of ${this.#maxLineBytes} bytes`);
    }
  }

  #keep(part: Uint8Array): void {
    this.#checkRoomFor(part);
    const needed = this.#pendingBytes + part.byteLength;
    if (needed > this.#pending.byteLength) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#pending.byteLength * 2, FIRST_CAPACITY_BYTES));
      this.#pending.copy(grown, 0, 0, this.#pendingBytes);
      this.#pending = grown;
    }
    this.#pending.set(part, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  #decode(bytes: Uint8Array): string {
    try {
      const line = this.#text.decode(bytes);
      return line.endsWith("\r") ? line.slice(0, -1) : line;
    } catch (cause) {
      throw new QmpError("protocol", "a QMP line is not valid UTF-8", { cause });
    }
  }
}
