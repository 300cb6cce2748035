/** Of one unit of UTF-16. */
const MAX_UTF8_BYTES = 3;

/** Writes the argument types of a plan, little-endian, into a buffer that grows. */
export class PlanWriter {
  #buffer = Buffer.allocUnsafe(8192);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written; the writer must not be used after. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A number of 32 bits, 0 to 2^32-1. */
  u32(value: number): this {
    if (value >>> 0 !== value) throw new RangeError(`${value} is no number of 32 bits without a sign`);
    this.#put(this.#room(4), value);
    return this;
  }

  /** A signed number of 32 bits. */
  i32(value: number): this {
    if ((value | 0) !== value) throw new RangeError(`${value} is no number of 32 bits with a sign`);
    this.#put(this.#room(4), value);
    return this;
  }

  /** A number of 64 bits, 0 to 2^64-1. */
  u64(value: bigint): this {
    const at = this.#room(8);
    this.#buffer.writeBigUInt64LE(value, at);
    return this;
  }

  /** A truth value as a number; absent is false. */
  flag(value: boolean | undefined): this {
    return this.u32(value === true ? 1 : 0);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** Bytes after their length. */
  bytesField(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }

  /** Text or bytes, as bytes after their length. */
  data(data: string | Uint8Array): this {
    return this.bytesField(typeof data === "string" ? Buffer.from(data) : data);
  }

  /** Text for C: its length in bytes, UTF-8, one NUL. */
  string(text: string): this {
    if (text.includes("\0")) throw new TypeError(`a NUL in ${JSON.stringify(text)}`);
    const at = this.#room(4 + MAX_UTF8_BYTES * text.length + 1);
    const length = this.#buffer.write(text, at + 4, "utf8");
    this.#put(at, length);
    this.#length = at + 4 + length;
    this.#buffer[this.#length] = 0;
    this.#length += 1;
    return this;
  }

  /** Texts after their count. */
  strings(texts: readonly string[]): this {
    this.u32(texts.length);
    for (const text of texts) this.string(text);
    return this;
  }

  /** Numbers of 32 bits after their count. */
  numbers(values: readonly number[]): this {
    this.u32(values.length);
    for (const value of values) this.u32(value);
    return this;
  }

  /** What `write` writes, after its length. */
  field(write: () => void): this {
    const at = this.#room(4);
    write();
    this.#put(at, this.#length - at - 4);
    return this;
  }

  #put(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
  }

  #room(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#length = needed;
    return at;
  }
}
