import { once } from "node:events";
import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";

/** Longest line taken, in bytes: a config.json with room to spare. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Writes one value as a line and waits while the peer is slow. */
export async function writeJsonLine(stream: Duplex, value: unknown): Promise<void> {
  if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, "drain");
}

/**
 * The values that a peer sends, one JSON text a line. Ends with the stream; a
 * last line without its end is dropped with it.
 *
 * @throws TskataError `invalid-argument` on a line that is too long or no JSON
 */
export async function* readJsonLines(stream: Duplex, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<unknown, void> {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]);
      parts = [];
      heldBytes = 0;
      rest = rest.subarray(end + 1);
      if (line.length > maxLineBytes) throw tooLong(maxLineBytes);
      yield parseLine(line);
    }
    heldBytes += rest.length;
    if (heldBytes > maxLineBytes) throw tooLong(maxLineBytes);
    if (rest.length > 0) parts.push(rest);
  }
}

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch (cause) {
    throw new TskataError("invalid-argument", "the peer sent a line that is not JSON", { cause });
  }
}

function tooLong(maxLineBytes: number): TskataError {
  return new TskataError("invalid-argument", `the peer sent a line of more than ${maxLineBytes} bytes`);
}
