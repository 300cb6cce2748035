import type { Duplex } from "node:stream";

/** The host's way to the agent: all that the upper layers know of the transport. */
export interface Dialer {
  /**
   * Opens a stream to a port of the agent. Each direction can be ended on its own.
   *
   * @throws TskataError `unavailable` where the connection is gone or nobody serves the port
   */
  dial(port: number, signal?: AbortSignal): Promise<Duplex>;
  /**
   * As `dial`, without waiting: what is written travels right behind the question. A stream that nobody
   * serves breaks.
   *
   * @throws TskataError `unavailable` where the connection is gone
   */
  open(port: number): Duplex;
  /** Ends the connection with all its streams. */
  close(): void;
  /** Settles when the connection is gone, with its error where there was one; never rejects. */
  readonly closed: Promise<Error | undefined>;
}

/** The agent's side: takes streams that the host opens. */
export interface Listener {
  /** Serves a port; streams to ports that nobody serves are refused. */
  onStream(port: number, handler: (stream: Duplex) => void): void;
  /** Settles when the connection is gone, with its error where there was one; never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Ends the connection with all its streams. */
  close(): void;
}

/** Sends what processes put out to the host, past the agent. */
export interface OutputCarrier {
  /**
   * Joins an output with a stream that the host opened, which is the carrier's from then on.
   *
   * @param stream nothing was written to it
   * @param launcher process id of the launcher that handed the output over
   * @returns settles when all of it is on its way, or nobody reads it any more; never rejects
   */
  join(stream: Duplex, launcher: number, output: "stdout" | "stderr"): Promise<void>;
  /** Drops the outputs of a launcher's process that were not joined; those that were end by themselves. */
  forget(launcher: number): void;
}
