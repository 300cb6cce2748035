import type { SessionOptions, Settings } from "node:http2";

/** Most streams at a time; the host refuses to dial more, and the agent to take more. */
export const MAX_STREAMS = 1024;
/**
 * What one stream may have under way. Large enough for the link's round trip,
 * small enough that a stalled reader holds little: this bounds the memory that
 * a stream can take on either side.
 */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** What all streams of the connection may have under way together. Node gives it back as data arrives. */
export const CONNECTION_WINDOW_BYTES = 16 * STREAM_WINDOW_BYTES;
/** Requests and answers have two headers of a few bytes each. */
const MAX_HEADER_LIST_BYTES = 1024;
const MAX_HEADER_PAIRS = 8;
/** In megabytes; what nghttp2 and the session may keep for frames under way. */
const MAX_SESSION_MEMORY = 64;

const settings: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW_BYTES,
  maxFrameSize: 64 * 1024,
  maxConcurrentStreams: MAX_STREAMS,
  maxHeaderListSize: MAX_HEADER_LIST_BYTES,
  headerTableSize: 0,
};

/** Options of both sides' sessions; the peer's headers, settings and memory are bounded. See RFC 9113, section 6.5.2. */
export const sessionOptions: SessionOptions = {
  settings,
  maxHeaderListPairs: MAX_HEADER_PAIRS,
  maxSessionMemory: MAX_SESSION_MEMORY,
  maxSettings: 16,
  peerMaxConcurrentStreams: MAX_STREAMS,
};

/** The request path that stands for a port. */
export function pathOfPort(port: number): string {
  return `/port/${port}`;
}

/** The port of a request path; undefined where it is none. */
export function portOfPath(path: string | undefined): number | undefined {
  const digits = /^\/port\/([1-9][0-9]{0,9})$/.exec(path ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}
