import type { Duplex } from "node:stream";

/** Where an output of a process goes. */
export interface Output {
  /** Takes what is written. */
  readonly stream: Duplex;
  /** Settles when all is through, or can't be any more. */
  readonly closed: Promise<void>;
}

/** An output that is its stream. */
export function outputOf(stream: Duplex): Output {
  return { stream, closed: new Promise((resolve) => stream.once("close", resolve)) };
}
