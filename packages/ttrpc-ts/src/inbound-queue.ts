import { TtrpcError } from "./error.js";
import type { ConnectionOptions, FrameChannel } from "./frame-channel.js";

const DEFAULT_MAX_QUEUED = 64;
const DEFAULT_STALL_TIMEOUT_MS = 1000;

type Waiter = { resolve(result: IteratorResult<Uint8Array, undefined>): void; reject(error: Error): void };

/**
 * The messages of one stream between the connection and whoever reads them.
 * When it is full, the whole connection is held; when nobody reads for too
 * long, the stream fails so that the others can go on.
 */
export class InboundQueue {
  readonly #channel: FrameChannel;
  readonly #maxQueued: number;
  readonly #stallTimeoutMs: number;
  readonly #messages: Uint8Array[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #waiter: Waiter | undefined;
  #hold: { readonly release: () => void; readonly timer: NodeJS.Timeout } | undefined;

  constructor(channel: FrameChannel, options: ConnectionOptions) {
    this.#channel = channel;
    this.#maxQueued = options.maxQueuedMessages ?? DEFAULT_MAX_QUEUED;
    this.#stallTimeoutMs = options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS;
  }

  /** True once the stream has ended or failed. */
  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Adds a message; ignored once the stream is over. */
  push(message: Uint8Array): void {
    if (this.#end) return;
    if (this.#waiter) {
      this.#takeWaiter()?.resolve({ done: false, value: message });
      return;
    }
    this.#messages.push(message);
    if (this.#messages.length >= this.#maxQueued && !this.#hold) {
      this.#hold = {
        release: this.#channel.hold(),
        timer: setTimeout(() => this.#stall(), this.#stallTimeoutMs),
      };
    }
  }

  /** Ends the stream: what is queued can still be read. */
  end(): void {
    if (this.#end) return;
    this.#end = { error: undefined };
    this.#takeWaiter()?.resolve({ done: true, value: undefined });
  }

  /** Fails the stream at once: what is queued is dropped. */
  fail(error: Error): void {
    if (this.#end?.error) return;
    this.#end = { error };
    this.#messages.length = 0;
    this.#release();
    this.#takeWaiter()?.reject(error);
  }

  /** The next message. One reader at a time. */
  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const message = this.#messages.shift();
    if (message !== undefined) {
      if (this.#messages.length <= this.#maxQueued / 2) this.#release();
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#end?.error) return Promise.reject(this.#end.error);
    if (this.#end) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  #stall(): void {
    const message = `${this.#messages.length} messages were not read within ${this.#stallTimeoutMs} ms`;
    this.fail(new TtrpcError("resource-exhausted", message));
  }

  #release(): void {
    if (!this.#hold) return;
    clearTimeout(this.#hold.timer);
    this.#hold.release();
    this.#hold = undefined;
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }
}
