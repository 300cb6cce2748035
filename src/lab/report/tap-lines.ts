import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";

const MAX_LINE_LENGTH = 64 * 1024;
/** A subtest is indented by four more than what it is in. */
const MAX_INDENTATION = 200;

/**
 * Cuts bytes into the lines that a TAP parser can take: without colours, of
 * 64 Ki characters at most (what is longer is cut off) and none indented by
 * more than 200 spaces (such a line is left out: each four of them would be a
 * subtest). A last line without a line feed isn't whole, and is left out.
 */
export class TapLines {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  /** The lines that end in these bytes, each with its line feed. */
  write(bytes: Uint8Array): string {
    const lines = (this.#rest + this.#decoder.write(bytes)).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, MAX_LINE_LENGTH);
    return lines.map(parsable).join("");
  }
}

function parsable(line: string): string {
  const text = stripVTControlCharacters(line.slice(0, MAX_LINE_LENGTH));
  return text.search(/[^ ]/) > MAX_INDENTATION ? "" : `${text}\n`;
}
