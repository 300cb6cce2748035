import type { Duplex } from "node:stream";

/** The host's way to the agent: all that the upper layers know of the transport. */
export interface Dialer {
  /**
   * Opens a stream to a port of the agent. Each direction can be ended on its own.
   *
   * @throws TskataError `unavailable` where the connection is gone or nobody serves the port
   */
  dial(port: number, signal?: AbortSignal): Promise<Duplex>;
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
