import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";

/** The pause after a first failure, and the longest one, in milliseconds; each failure doubles it. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Where others wait, the next is made when the container that took the last one has had the processors for itself. */
const COURTESY_MS = 400;

/** A VM that waits in the pool, as its keeper sees it. */
export interface KeptMember {
  readonly sandboxId: string;
  /** Settles when it waits no more: somebody claimed it, or it ended. Never rejects. */
  readonly left: Promise<void>;
  /** Why it can't be claimed any more, for people; undefined where it can. */
  whyStale(): Promise<string | undefined>;
  /** Ends it, unless somebody claimed it, and waits. */
  end(): Promise<void>;
}

/** What is told of a pool. */
export interface PoolState {
  /** How many are to wait. */
  readonly size: number;
  /** Ids of those that do. */
  readonly waiting: readonly string[];
  readonly making: boolean;
  /** Why the last one could not be made; absent once one was. */
  readonly failure?: { readonly reason: string; /** RFC 3339. */ readonly at: string };
}

/** Keeps as many VMs waiting as there are to be: makes one at a time, and pauses where that fails. */
export class PoolKeeper {
  readonly #size: number;
  readonly #make: (signal: AbortSignal) => Promise<KeptMember>;
  readonly #log: LogSink;
  readonly #waiting = new Set<KeptMember>();
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;
  #making = false;
  #failure: PoolState["failure"];

  /**
   * @param size how many are to wait
   * @param make makes one; where the signal fires it leaves nothing
   */
  constructor(size: number, make: (signal: AbortSignal) => Promise<KeptMember>, log: LogSink) {
    this.#size = size;
    this.#make = make;
    this.#log = log;
  }

  /** What waits, after those that are of no use any more have been told to end. */
  async state(): Promise<PoolState> {
    await this.#endStale();
    return {
      size: this.#size,
      waiting: [...this.#waiting].map(({ sandboxId }) => sandboxId),
      making: this.#making,
      ...(this.#failure && { failure: this.#failure }),
    };
  }

  /** Has `run` come to its end. */
  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** Settles after `stop`, when all that waited have ended. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      if (this.#waiting.size >= this.#size) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (this.#waiting.size > 0) await this.#pause(COURTESY_MS);
      } else if (await this.#makeOne()) {
        failures = 0;
      } else {
        await this.#pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
        failures += 1;
      }
    }
    await Promise.all([...this.#waiting].map((member) => member.end()));
  }

  async #makeOne(): Promise<boolean> {
    this.#making = true;
    try {
      const member = await this.#make(this.#stop.signal);
      this.#waiting.add(member);
      void member.left.then(() => this.#drop(member));
      this.#failure = undefined;
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      this.#failure = { reason: messageOf(error), at: new Date().toISOString() };
      this.#log.warning(`pool: a VM could not be made: ${messageOf(error)}`);
      return false;
    } finally {
      this.#making = false;
    }
  }

  #drop(member: KeptMember): void {
    this.#waiting.delete(member);
    this.#wake();
  }

  async #pause(ms: number): Promise<void> {
    // It is stopped meanwhile.
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #endStale(): Promise<void> {
    for (const member of this.#waiting) {
      const why = await member.whyStale();
      if (why === undefined) continue;
      this.#log.debug(`pool: ${member.sandboxId} is of no use any more: ${why}`);
      this.#waiting.delete(member);
      await member.end();
      this.#wake();
    }
  }
}
