import type { Duplex } from "node:stream";
import type { GuestProcess } from "../container/guest-process.js";

/** Names a process: the exec id is empty for a container's init. */
export interface ProcessName {
  readonly containerId: string;
  readonly execId: string;
}

interface Early {
  readonly stream: Duplex;
  readonly join: (process: GuestProcess) => void;
}

/**
 * Streams that the host opened before there was the process that they name: it asks
 * for a process and opens its streams in one go. They wait until the host breaks them off, as it does where there
 * will be no process.
 */
export class EarlyStreams {
  readonly #waiting = new Map<string, Set<Early>>();

  /** Has a stream wait for its process. */
  add(name: ProcessName, stream: Duplex, join: (process: GuestProcess) => void): void {
    const key = keyOf(name);
    const early = { stream, join };
    const all = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, all.add(early));
    stream.once("close", () => {
      all.delete(early);
      if (all.size === 0 && this.#waiting.get(key) === all) this.#waiting.delete(key);
    });
  }

  /** Joins those that wait for this process, in the order in which they came. */
  join(name: ProcessName, process: GuestProcess): void {
    const key = keyOf(name);
    const all = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    for (const { join } of all) join(process);
  }
}

function keyOf({ containerId, execId }: ProcessName): string {
  return JSON.stringify([containerId, execId]);
}
