import { TskataError } from "../../common/error.js";

/**
 * What a frame says. On the wire: one byte for the kind, the stream's number
 * and the payload's length in four bytes each, big-endian, then the payload.
 */
export const FrameKind = {
  /** Host to agent: opens a stream; the payload is the port in four bytes. */
  open: 1,
  /** Agent to host: the port is served. */
  accept: 2,
  /** Agent to host: it is not; the stream is no more. */
  refuse: 3,
  /** Bytes of the stream. */
  data: 4,
  /** The sender has no more bytes. */
  end: 5,
  /** The stream is broken off, both ways. */
  reset: 6,
  /** The payload is how many bytes more may be sent, in four bytes. */
  window: 7,
  // Between the agent and the guest's init, through which its channel runs; they never cross the VM's boundary.
  /** Agent to init: sends the standard output of the process whose launcher the payload names on this stream. */
  joinStdout: 128,
  /** The same of its standard error. */
  joinStderr: 129,
  /** Agent to init: nobody will read the outputs of this launcher's process that were not joined. */
  forget: 130,
  /** Init to agent: all of the output was handed over, or the host doesn't take it any more. */
  over: 131,
} as const;

/** The number of a kind. */
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Longest payload of a frame in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** What each side sends first: whoever answers otherwise speaks something else. */
export const PREFACE = Buffer.from("TSKMUX1\n", "latin1");

const HEADER_BYTES = 9;
const NUMBER_BYTES = 4;
const KINDS: ReadonlySet<number> = new Set(Object.values(FrameKind));
const KINDS_WITH_NUMBER: ReadonlySet<number> = new Set([
  FrameKind.open,
  FrameKind.window,
  FrameKind.joinStdout,
  FrameKind.joinStderr,
  FrameKind.forget,
]);

/** The header of a frame. */
export function encodeHeader(kind: FrameKind, streamId: number, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header[0] = kind;
  header.writeUInt32BE(streamId, 1);
  header.writeUInt32BE(payloadBytes, 5);
  return header;
}

/** A whole frame with a number as its payload, or with none. */
export function encodeFrame(kind: FrameKind, streamId: number, number?: number): Buffer {
  if (number === undefined) return encodeHeader(kind, streamId, 0);
  const payload = Buffer.allocUnsafe(NUMBER_BYTES);
  payload.writeUInt32BE(number);
  return Buffer.concat([encodeHeader(kind, streamId, NUMBER_BYTES), payload]);
}

/** Takes frames as they are decoded. Data comes in the pieces in which it arrived. */
export interface FrameSink {
  onData(streamId: number, bytes: Buffer): void;
  /** Every other kind; the number is 0 where the kind has none. */
  onControl(kind: FrameKind, streamId: number, number: number): void;
}

/**
 * Decodes what a peer sends, split anywhere. Nothing is collected but headers
 * and numbers: a peer can't make it hold more than a few bytes.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #held = Buffer.alloc(Math.max(PREFACE.length, HEADER_BYTES + NUMBER_BYTES));
  #heldBytes = 0;
  #sawPreface = false;
  /** The data frame under way. */
  #streamId = 0;
  #dataBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws TskataError `unavailable` for what is no frame */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#dataBytes > 0 ? this.#takeData(rest) : this.#collect(rest);
    }
  }

  #takeData(bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#dataBytes);
    this.#dataBytes -= piece.length;
    this.#sink.onData(this.#streamId, piece);
    return bytes.subarray(piece.length);
  }

  /** Fills up what is held until it is a preface, a header, or a header with its number. */
  #collect(bytes: Buffer): Buffer {
    const wanted = this.#wantedBytes();
    const piece = bytes.subarray(0, wanted - this.#heldBytes);
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes += piece.length;
    if (this.#heldBytes === wanted && wanted === this.#wantedBytes()) this.#complete();
    return bytes.subarray(piece.length);
  }

  #wantedBytes(): number {
    if (!this.#sawPreface) return PREFACE.length;
    if (this.#heldBytes < HEADER_BYTES) return HEADER_BYTES;
    return hasNumber(this.#held[0]) ? HEADER_BYTES + NUMBER_BYTES : HEADER_BYTES;
  }

  #complete(): void {
    const held = this.#held.subarray(0, this.#heldBytes);
    this.#heldBytes = 0;
    if (!this.#sawPreface) {
      if (!held.equals(PREFACE)) throw violation("it began with something else than this protocol");
      this.#sawPreface = true;
      return;
    }
    const kind = held[0] ?? 0;
    const streamId = held.readUInt32BE(1);
    const length = held.readUInt32BE(5);
    if (!KINDS.has(kind)) throw violation(`it sent a frame of kind ${kind}`);
    if (kind === FrameKind.data) {
      if (length > MAX_PAYLOAD_BYTES) throw violation(`it sent ${length} bytes in one frame`);
      this.#streamId = streamId;
      this.#dataBytes = length;
      return;
    }
    if (length !== (hasNumber(kind) ? NUMBER_BYTES : 0)) throw violation(`it sent ${length} bytes in a control frame`);
    this.#sink.onControl(kind as FrameKind, streamId, hasNumber(kind) ? held.readUInt32BE(HEADER_BYTES) : 0);
  }
}

function hasNumber(kind: number | undefined): boolean {
  return kind !== undefined && KINDS_WITH_NUMBER.has(kind);
}

/** The error for a peer that breaks the protocol. */
export function violation(what: string): TskataError {
  return new TskataError("unavailable", `the other side of the VM's boundary broke the protocol: ${what}`);
}
