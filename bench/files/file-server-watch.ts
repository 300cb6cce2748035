import { busiestFileServer } from "../../test/engines/support/file-servers.js";
import { memoryParts } from "../memory/process-memory.js";
import { digits } from "../../src/common/report/digits.js";

/** Each look reads a directory with an entry for each descriptor: seldom enough to disturb nothing. */
const EACH_MS = 2000;
const MIB = 1 << 20;

/** Looks at the busiest file server now and then, and keeps the most that it had. */
export class FileServerWatch {
  readonly #marker: string;
  readonly #timer: NodeJS.Timeout;
  #open = 0;
  #limit = 0;
  #bytes = 0;

  private constructor(marker: string) {
    this.#marker = marker;
    this.#timer = setInterval(() => this.look(), EACH_MS);
    this.look();
  }

  /** @param marker of the world whose servers are meant; one of them has to be there */
  static start(marker: string): FileServerWatch {
    return new FileServerWatch(marker);
  }

  /** Looks at once. */
  look(): void {
    const { pid, open, limit } = busiestFileServer(this.#marker);
    this.#open = Math.max(this.#open, open);
    this.#limit = limit;
    this.#bytes = Math.max(this.#bytes, memoryParts([pid]).get("virtiofsd") ?? 0);
  }

  /** What it held at most, for people. */
  summary(): string {
    const size = `${digits(this.#bytes / MIB)} MiB (proportional set size)`;
    return `virtiofsd held at most ${this.#open} descriptors, of ${this.#limit} that it may have, and ${size}`;
  }

  /** What is wrong with that. */
  failures(): string[] {
    return this.#open < this.#limit ? [] : [`virtiofsd had no room: ${this.#open} descriptors of ${this.#limit}`];
  }

  /** Looks no more; before the last server ends. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
