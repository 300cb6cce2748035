import type { SessionOptions, Settings } from "node:http2";

/**
 * What one stream may have under way. Large enough for the link's round trip,
 * small enough that a stalled reader holds little: this bounds the memory that
 * a stream can take on either side.
 */
const STREAM_WINDOW_BYTES = 1024 * 1024;
/** What all streams of the connection may have under way together. */
export const CONNECTION_WINDOW_BYTES = 64 * STREAM_WINDOW_BYTES;
const MAX_FRAME_BYTES = 256 * 1024;
const MAX_STREAMS = 4096;
const MAX_HEADER_LIST_BYTES = 4096;
const MAX_SESSION_MEMORY_MB = 128;

/** HTTP/2 settings that both sides announce: see RFC 9113, section 6.5.2. */
export const settings: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW_BYTES,
  maxFrameSize: MAX_FRAME_BYTES,
  maxConcurrentStreams: MAX_STREAMS,
  maxHeaderListSize: MAX_HEADER_LIST_BYTES,
  headerTableSize: 0,
};

/** Options of both sides' sessions; the peer's headers, settings and memory are bounded. */
export const sessionOptions: SessionOptions = {
  settings,
  maxHeaderListPairs: 16,
  maxSessionMemory: MAX_SESSION_MEMORY_MB,
  maxSettings: 16,
};

const PATH_PREFIX = "/port/";

/** The request path that stands for a port. */
export function pathOfPort(port: number): string {
  return `${PATH_PREFIX}${port}`;
}

/** The port of a request path, or undefined where it is none. */
export function portOfPath(path: unknown): number | undefined {
  if (typeof path !== "string" || !path.startsWith(PATH_PREFIX)) return undefined;
  const digits = path.slice(PATH_PREFIX.length);
  return /^[0-9]{1,10}$/.test(digits) ? Number(digits) : undefined;
}
