import { TskataError } from "../common/error.js";

/** Any value of a JSON text. Integers beyond 2^53 - 1 are bigints. */
export type JsonValue =
  null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Bounds of what is parsed. */
export interface JsonLimits {
  /** Length of the text in UTF-16 units; 8 Mi where absent. */
  readonly maxLength?: number;
  /** Objects and arrays within each other; 64 where absent. */
  readonly maxDepth?: number;
  /** Values of all kinds, nested ones included; 200,000 where absent. */
  readonly maxValues?: number;
}

const DEFAULT_MAX_LENGTH = 8 * 1024 * 1024;
const DEFAULT_MAX_DEPTH = 64;
const DEFAULT_MAX_VALUES = 200_000;

/**
 * Parses a JSON text (RFC 8259) without losing digits of 64-bit integers:
 * config.json has limits up to 2^64 - 1, and a JavaScript number rounds above
 * 2^53. An integer that a number doesn't hold becomes a bigint; everything
 * else is as JSON.parse gives it.
 *
 * JSON.parse can't show a number's source text before Node 22, and rewriting
 * long numbers in the text first would have to tell strings from the rest, so
 * this is a parser of its own. Where no run of 16 digits occurs in the text
 * (the usual case) no integer can be too long, and JSON.parse does the work.
 *
 * @param text the document
 * @param what names the document in errors, such as its path
 * @throws TskataError `invalid-argument` with line and column, counted from 1
 */
export function parseJson(text: string, what: string, limits: JsonLimits = {}): JsonValue {
  const maxLength = limits.maxLength ?? DEFAULT_MAX_LENGTH;
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
  const maxValues = limits.maxValues ?? DEFAULT_MAX_VALUES;
  if (text.length > maxLength) {
    throw new TskataError(
      "invalid-argument",
      `${what}: too long: ${text.length} characters, at most ${maxLength} are read`,
    );
  }
  if (!/[0-9]{16}/.test(text)) {
    const value = parseNatively(text);
    if (value !== undefined && countValues(value, maxDepth) <= maxValues) return value;
  }
  return new Parser(text, what, maxDepth, maxValues).document();
}

/** JSON.parse's value; undefined where it refuses the text, so that the exact parser says where. */
function parseNatively(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Number of values in `value`, itself included; infinite where nested deeper than `levels`. */
function countValues(value: JsonValue, levels: number): number {
  if (typeof value !== "object" || value === null) return 1;
  if (levels === 0) return Infinity;
  let count = 1;
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    count += countValues(item, levels - 1);
  }
  return count;
}

const BLANK = /[ \t\n\r]*/y;
/** Without escapes: all from the blank up but for `"` and `\`. */
const PLAIN_STRING = /"[ !#-[\]-\uffff]*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

class Parser {
  readonly #text: string;
  readonly #what: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  #values = 0;
  #at = 0;

  constructor(text: string, what: string, maxDepth: number, maxValues: number) {
    this.#text = text;
    this.#what = what;
    this.#maxDepth = maxDepth;
    this.#maxValues = maxValues;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#fail("the end of the document");
    return value;
  }

  #value(depth: number): JsonValue {
    this.#skipBlank();
    this.#values += 1;
    if (this.#values > this.#maxValues) this.#fail(`at most ${this.#maxValues} values`);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonValue {
    this.#enter(depth);
    const object: Record<string, JsonValue> = {};
    if (this.#takes("}")) return object;
    do {
      this.#skipBlank();
      if (this.#text[this.#at] !== '"') this.#fail('a name in double quotes or "}"');
      const name = this.#string();
      if (!this.#takes(":")) this.#fail('":"');
      const value = this.#value(depth + 1);
      if (name === "__proto__") {
        Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
      } else {
        object[name] = value;
      }
    } while (this.#takes(","));
    if (!this.#takes("}")) this.#fail('"," or "}"');
    return object;
  }

  #array(depth: number): JsonValue {
    this.#enter(depth);
    const array: JsonValue[] = [];
    if (this.#takes("]")) return array;
    do {
      array.push(this.#value(depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("]")) this.#fail('"," or "]"');
    return array;
  }

  #enter(depth: number): void {
    if (depth >= this.#maxDepth) this.#fail(`at most ${this.#maxDepth} levels of objects and arrays`);
    this.#at += 1;
  }

  #string(): string {
    const plain = this.#match(PLAIN_STRING);
    if (plain !== undefined) return plain.slice(1, -1);
    const start = this.#at;
    for (let at = start + 1; ;) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        return JSON.parse(this.#text.slice(start, at + 1)) as string;
      }
      if (unit === 0x5c) {
        ESCAPE.lastIndex = at;
        if (!ESCAPE.test(this.#text)) this.#failAt(at, "an escape that JSON knows");
        at = ESCAPE.lastIndex;
      } else {
        if (Number.isNaN(unit)) this.#failAt(at, 'the closing "');
        if (unit < 0x20) this.#failAt(at, "no control character in a string (write it as an escape)");
        at += 1;
      }
    }
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) this.#fail("a value");
    this.#at = NUMBER.lastIndex;
    const [digits, fraction, exponent] = match;
    const number = Number(digits);
    const isInteger = fraction === undefined && exponent === undefined;
    return isInteger && !Number.isSafeInteger(number) ? BigInt(digits) : number;
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail("a value");
    this.#at += word.length;
    return value;
  }

  #skipBlank(): void {
    this.#match(BLANK);
  }

  #takes(sign: string): boolean {
    this.#skipBlank();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return undefined;
    const matched = this.#text.slice(this.#at, pattern.lastIndex);
    this.#at = pattern.lastIndex;
    return matched;
  }

  #fail(expected: string): never {
    this.#failAt(this.#at, expected);
  }

  #failAt(at: number, expected: string): never {
    const before = this.#text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    const point = this.#text.codePointAt(at);
    const found = point === undefined ? "the end of the document" : JSON.stringify(String.fromCodePoint(point));
    throw new TskataError(
      "invalid-argument",
      `${this.#what}: not valid JSON at line ${line}, column ${column}: found ${found}, expected ${expected}`,
    );
  }
}
