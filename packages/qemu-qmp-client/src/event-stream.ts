import { QmpError } from "./errors.js";
import type { QmpEvent } from "./events.js";

interface Waiter<N extends string> {
  readonly resolve: (result: IteratorResult<QmpEvent<N>, undefined>) => void;
  readonly reject: (error: QmpError) => void;
}

/**
 * The events of one subscription, in order, each once. Events are kept from
 * the moment of subscription on, up to a limit; a consumer beyond it gets an
 * `overflow` error instead of a gap.
 */
export class QmpEventStream<N extends string = string> implements AsyncIterableIterator<QmpEvent<N>, undefined> {
  readonly #names: ReadonlySet<string> | undefined;
  readonly #maxQueued: number;
  readonly #unsubscribe: (stream: QmpEventStream<N>) => void;
  readonly #queue: QmpEvent<N>[] = [];
  readonly #waiters: Waiter<N>[] = [];
  #end: { readonly error: QmpError | undefined } | undefined;

  /**
   * @param names the events that are wanted; undefined for all
   * @param maxQueued how many may wait for the consumer
   * @param unsubscribe called once, when no more events are wanted
   */
  constructor(names: readonly N[] | undefined, maxQueued: number, unsubscribe: (stream: QmpEventStream<N>) => void) {
    this.#names = names && new Set(names);
    this.#maxQueued = maxQueued;
    this.#unsubscribe = unsubscribe;
  }

  /** Offers an event to the subscription. */
  offer(event: QmpEvent): void {
    if (this.#end !== undefined || (this.#names !== undefined && !this.#names.has(event.name))) return;
    const wanted = event as QmpEvent<N>;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: wanted });
    } else if (this.#queue.length < this.#maxQueued) {
      this.#queue.push(wanted);
    } else {
      this.finish(new QmpError("overflow", `more than ${this.#maxQueued} QMP events wait to be consumed`));
    }
  }

  /** Ends the stream after what is queued: with an error, or as done. Later calls do nothing. */
  finish(error?: QmpError): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#unsubscribe(this);
    for (const waiter of this.#waiters.splice(0)) {
      if (error === undefined) waiter.resolve({ done: true, value: undefined });
      else waiter.reject(error);
    }
  }

  /** The next event. Rejects once with the error that ended the stream, where there was one. */
  async next(): Promise<IteratorResult<QmpEvent<N>, undefined>> {
    const event = this.#queue.shift();
    if (event !== undefined) return { done: false, value: event };
    if (this.#end === undefined) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const { error } = this.#end;
    if (error === undefined) return { done: true, value: undefined };
    this.#end = { error: undefined };
    throw error;
  }

  /** Ends the subscription and drops what is queued; `break` in a `for await` calls it. */
  async return(): Promise<IteratorResult<QmpEvent<N>, undefined>> {
    this.finish();
    this.#queue.length = 0;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
