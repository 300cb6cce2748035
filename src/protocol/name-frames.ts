/** How a question came, and is to be asked: RFC 1035, 4.2. */
export type NameTransport = "udp" | "tcp";

/** A question to a name server or its answer, as DNS has it (without TCP's length). */
export interface NameFrame {
  /** Pairs an answer with its question. */
  readonly id: number;
  readonly transport: NameTransport;
  readonly message: Uint8Array;
}

const TRANSPORTS: readonly NameTransport[] = ["udp", "tcp"];
const HEADER_BYTES = 5;

/**
 * The bytes of a frame: its id, its transport, the message's length, all big-endian, and the message
 * (src/host/monitor/names.h).
 *
 * @throws RangeError for a longer message or a larger id than go
 */
export function encodeNameFrame({ id, transport, message }: NameFrame): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + message.length);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt8(TRANSPORTS.indexOf(transport), 2);
  bytes.writeUInt16BE(message.length, 3);
  bytes.set(message, HEADER_BYTES);
  return bytes;
}

/** Takes frames out of a stream's chunks; holds less than one of them. */
export class NameFrameDecoder {
  #held: Buffer = Buffer.alloc(0);

  /** The frames that a chunk completes; those of an unknown transport are left out. */
  take(chunk: Uint8Array): NameFrame[] {
    const frames: NameFrame[] = [];
    let rest = Buffer.concat([this.#held, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt16BE(3);
      if (rest.length < end) break;
      const transport = TRANSPORTS[rest.readUInt8(2)];
      const message = rest.subarray(HEADER_BYTES, end);
      if (transport !== undefined) frames.push({ id: rest.readUInt16BE(0), transport, message });
      rest = rest.subarray(end);
    }
    this.#held = rest;
    return frames;
  }
}
