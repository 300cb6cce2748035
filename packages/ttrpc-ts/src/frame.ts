import { TtrpcProtocolError } from "./error.js";

/** Bytes of the header of a frame: length (4), stream id (4), type (1), flags (1). */
export const FRAME_HEADER_BYTES = 10;
/** The limit of ttrpc for the data of one frame, in bytes. */
export const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** The first byte of a header is always zero, so no length reaches this. */
const LENGTH_BOUND = 1 << 24;

/** Types of frames; see PROTOCOL.md of containerd/ttrpc. */
export const FrameType = { request: 1, response: 2, data: 3 } as const;

/** Flags of frames; see PROTOCOL.md of containerd/ttrpc. */
export const FrameFlag = { remoteClosed: 1, remoteOpen: 2, noData: 4 } as const;

/** One frame as it came from the peer. */
export interface Frame {
  readonly streamId: number;
  /** One of {@link FrameType}, or a number that the peer made up. */
  readonly type: number;
  readonly flags: number;
  /** The frame's data; undefined where it was larger than the limit and has been skipped. */
  readonly payload: Uint8Array | undefined;
}

/** Makes the bytes of one frame. The caller has checked the payload's size. */
export function encodeFrame(streamId: number, type: number, flags: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(streamId, 4);
  bytes[8] = type;
  bytes[9] = flags;
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/**
 * Cuts a byte stream into frames. The length is checked before any data is
 * kept: a frame beyond the limit is skipped byte by byte and reported without
 * its payload, so that only its own call need fail.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #onFrame: (frame: Frame) => void;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  /** Where the payload of the frame under way is gathered; undefined while it is skipped. */
  #payload: Buffer | undefined;
  #payloadMissing = 0;

  /**
   * @param maxFrameBytes most bytes of data in one frame
   * @param onFrame called for each frame, in order, from within `push`
   */
  constructor(maxFrameBytes: number, onFrame: (frame: Frame) => void) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#onFrame = onFrame;
  }

  /**
   * Takes the next bytes. Frames may share memory with `chunk`.
   *
   * @throws TtrpcProtocolError when the bytes can't be ttrpc
   */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headerFilled < FRAME_HEADER_BYTES) {
        const taken = chunk.subarray(offset, offset + FRAME_HEADER_BYTES - this.#headerFilled);
        this.#header.set(taken, this.#headerFilled);
        this.#headerFilled += taken.length;
        offset += taken.length;
        if (this.#headerFilled < FRAME_HEADER_BYTES) return;
        offset = this.#startPayload(chunk, offset);
      } else {
        offset = this.#continuePayload(chunk, offset);
      }
    }
  }

  /** True where the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#headerFilled === 0;
  }

  #startPayload(chunk: Uint8Array, offset: number): number {
    const length = this.#header.readUInt32BE(0);
    if (length >= LENGTH_BOUND) {
      throw new TtrpcProtocolError(`the peer sent a frame header with a length of ${length}: that is not ttrpc`);
    }
    if (length <= this.#maxFrameBytes && chunk.length - offset >= length) {
      this.#finish(chunk.subarray(offset, offset + length));
      return offset + length;
    }
    this.#payloadMissing = length;
    this.#payload = length <= this.#maxFrameBytes ? Buffer.allocUnsafe(length) : undefined;
    return offset;
  }

  #continuePayload(chunk: Uint8Array, offset: number): number {
    const taken = chunk.subarray(offset, offset + this.#payloadMissing);
    this.#payload?.set(taken, this.#payload.length - this.#payloadMissing);
    this.#payloadMissing -= taken.length;
    if (this.#payloadMissing === 0) {
      const payload = this.#payload;
      this.#payload = undefined;
      this.#finish(payload);
    }
    return offset + taken.length;
  }

  #finish(payload: Uint8Array | undefined): void {
    this.#headerFilled = 0;
    this.#onFrame({
      streamId: this.#header.readUInt32BE(4),
      type: this.#header[8] as number,
      flags: this.#header[9] as number,
      payload,
    });
  }
}
