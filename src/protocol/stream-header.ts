import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { MessageInit } from "ttrpc-ts/lite";
import { TskataError } from "../common/error.js";
import { type StreamHeader, StreamHeaderCodec } from "./gen/agent_pb.js";

/** Longest header in bytes: two ids and a number. */
const MAX_HEADER_BYTES = 1024;
const LENGTH_BYTES = 2;

/** Writes a stream's header (its length in two bytes, big-endian, then the message) and returns the stream. */
export function openStream(stream: Duplex, header: MessageInit<StreamHeader>): Duplex {
  const message = StreamHeaderCodec.encode(header);
  if (message.length > MAX_HEADER_BYTES) {
    throw new TskataError("invalid-argument", `open a stream: its header has ${message.length} bytes`);
  }
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  stream.write(Buffer.concat([length, message]));
  return stream;
}

/**
 * Reads a stream's header and leaves what follows it in the stream.
 *
 * @throws TskataError `invalid-argument` for a header that is too long or no header, `unavailable` where the stream ends
 */
export async function readStreamHeader(stream: Duplex): Promise<StreamHeader> {
  const length = (await readExactly(stream, LENGTH_BYTES)).readUInt16BE();
  if (length > MAX_HEADER_BYTES) {
    throw new TskataError("invalid-argument", `a stream's header has ${length} bytes, at most ${MAX_HEADER_BYTES} go`);
  }
  const message = length === 0 ? Buffer.alloc(0) : await readExactly(stream, length);
  try {
    return StreamHeaderCodec.decode(message);
  } catch (cause) {
    throw new TskataError("invalid-argument", "a stream's header can't be decoded", { cause });
  }
}

async function readExactly(stream: Duplex, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = stream.read(bytes) as Buffer | null;
    if (chunk !== null && chunk.length === bytes) return chunk;
    if (chunk !== null || stream.readableEnded || stream.destroyed) {
      throw new TskataError("unavailable", "a stream ended before its header did");
    }
    await Promise.race([once(stream, "readable"), once(stream, "close")]);
  }
}
