import type { Duplex } from "node:stream";
import type { MessageInit } from "ttrpc-ts/lite";
import { TskataError } from "../common/error.js";
import { type StreamHeader, StreamHeader_Kind, StreamHeaderCodec } from "./gen/agent_pb.js";

/** Longest header in bytes: two ids and a number. */
const MAX_HEADER_BYTES = 1024;
const LENGTH_BYTES = 2;
const READABLE_OR_OVER = ["readable", "end", "close"] as const;

/**
 * Writes the header of a stream on STREAM_PORT: its length in two bytes,
 * big-endian, then the message. The direction that the kind doesn't use is
 * ended, so that the stream closes by itself once the other has ended.
 *
 * @param stream as it was dialled
 * @returns the stream
 */
export function openStream(stream: Duplex, header: MessageInit<StreamHeader>): Duplex {
  const message = StreamHeaderCodec.encode(header);
  if (message.length > MAX_HEADER_BYTES) {
    throw new TskataError("invalid-argument", `open a stream: its header has ${message.length} bytes`);
  }
  const bytes = Buffer.alloc(LENGTH_BYTES + message.length);
  bytes.writeUInt16BE(message.length);
  bytes.set(message, LENGTH_BYTES);
  stream.write(bytes);
  if (isOutput(header.kind)) stream.end();
  if (header.kind === StreamHeader_Kind.STDIN) stream.resume();
  return stream;
}

/**
 * Reads the header of a stream and leaves what follows it in the stream. Ends
 * the direction that the kind doesn't use.
 *
 * @throws TskataError `invalid-argument` for a header that is too long or no
 *   header, `unavailable` where the stream ends before; the signal's reason
 */
export async function readStreamHeader(stream: Duplex, signal?: AbortSignal): Promise<StreamHeader> {
  const length = (await readExactly(stream, LENGTH_BYTES, signal)).readUInt16BE();
  if (length > MAX_HEADER_BYTES) {
    throw new TskataError("invalid-argument", `a stream's header has ${length} bytes, at most ${MAX_HEADER_BYTES} go`);
  }
  const header = decode(length === 0 ? Buffer.alloc(0) : await readExactly(stream, length, signal));
  if (header.kind === StreamHeader_Kind.STDIN) stream.end();
  return header;
}

function isOutput(kind: StreamHeader["kind"] | undefined): boolean {
  return kind === StreamHeader_Kind.STDOUT || kind === StreamHeader_Kind.STDERR;
}

function decode(message: Buffer): StreamHeader {
  try {
    return StreamHeaderCodec.decode(message);
  } catch (cause) {
    throw new TskataError("invalid-argument", "a stream's header can't be decoded", { cause });
  }
}

async function readExactly(stream: Duplex, bytes: number, signal: AbortSignal | undefined): Promise<Buffer> {
  for (;;) {
    signal?.throwIfAborted();
    const chunk = stream.read(bytes) as Buffer | null;
    if (chunk?.length === bytes) return chunk;
    if (chunk !== null || stream.readableEnded || stream.destroyed) {
      throw new TskataError("unavailable", "a stream ended before its header did");
    }
    await readableOrOver(stream, signal);
  }
}

/** Settles when there may be something to read, or never will be. */
function readableOrOver(stream: Duplex, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      for (const event of READABLE_OR_OVER) stream.off(event, settle);
      stream.off("error", fail);
      signal?.removeEventListener("abort", settle);
    };
    const settle = (): void => {
      leave();
      resolve();
    };
    const fail = (cause: Error): void => {
      leave();
      reject(new TskataError("unavailable", "a stream broke before its header was read", { cause }));
    };
    for (const event of READABLE_OR_OVER) stream.on(event, settle);
    stream.on("error", fail);
    signal?.addEventListener("abort", settle);
  });
}
