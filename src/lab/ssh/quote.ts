import { TskataError } from "../../common/error.js";

/**
 * A text as one word of a POSIX shell, whatever is in it; plain words stay as they are. See sh(1), "Quoting".
 *
 * @throws TskataError `invalid-argument` for a text with a NUL, which no argument can hold
 */
export function quoteWord(text: string): string {
  if (text.includes("\0"))
    throw new TskataError("invalid-argument", `${JSON.stringify(text)}: no word of a shell can have a NUL in it`);
  return /^[A-Za-z0-9_%+,./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
