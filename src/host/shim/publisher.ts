import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ClientConnection, createClient, type MessageInit } from "ttrpc-ts/lite";
import { withDeadline } from "../../common/deadline.js";
import { messageOf } from "../../common/error.js";
import { Turns } from "../../common/turns.js";
import { type Envelope, Events } from "./api/gen/event-forwarding/events_pb.js";
import type { Any } from "./api/gen/well-known/common_pb.js";
import { timestamp } from "./packed.js";

/** Something that happened, for whoever listens to containerd's events. */
export interface ShimEvent {
  /** Such as `/tasks/start`. */
  readonly topic: string;
  readonly event: Any;
}

const FORWARD_TIMEOUT_MS = 5000;
/** How often an event is tried; before each further time it waits a second longer, as containerd's own shims do. */
const ATTEMPTS = 5;
const PAUSE_MS = 1000;
/** More that wait while containerd is away are dropped. */
const MAX_WAITING = 2048;

/** Where events are told. */
export interface PublisherOptions {
  /** Path of containerd's socket for events; empty where nobody hears of them. */
  readonly address: string;
  /** containerd's namespace. */
  readonly namespace: string;
  readonly log: (line: string) => void;
}

/** Tells containerd of events, one after the other, and again where it was away. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #turns = new Turns();
  #waiting = 0;
  #connection: ClientConnection | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Settles when containerd has it, or it is given up, which is logged. Events arrive in the order of the calls. */
  async publish({ topic, event }: ShimEvent): Promise<void> {
    const { address, namespace, log } = this.#options;
    if (address === "") return;
    if (this.#waiting >= MAX_WAITING) {
      log(`event ${topic}: dropped, ${MAX_WAITING} others wait for containerd`);
      return;
    }
    this.#waiting += 1;
    const envelope = { timestamp: timestamp(new Date()), namespace, topic, event };
    try {
      await this.#turns.take(() => this.#insist(topic, envelope));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Settles when containerd has all that was published up to now, or that is given up. */
  async told(): Promise<void> {
    await this.#turns.take(() => Promise.resolve());
  }

  /** Hangs up. */
  close(): void {
    this.#connection?.close();
  }

  async #insist(topic: string, envelope: MessageInit<Envelope>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#forward(envelope);
        return;
      } catch (error) {
        this.close();
        this.#connection = undefined;
        if (attempt === ATTEMPTS) {
          this.#options.log(`event ${topic}: containerd can't be told: ${messageOf(error)}`);
          return;
        }
        await delay(attempt * PAUSE_MS);
      }
    }
  }

  async #forward(envelope: MessageInit<Envelope>): Promise<void> {
    this.#connection ??= await this.#connect();
    await createClient(Events, this.#connection).forward({ envelope }, { timeoutMs: FORWARD_TIMEOUT_MS });
  }

  async #connect(): Promise<ClientConnection> {
    const socket: Socket = createConnection(this.#options.address);
    await withDeadline("reach containerd", FORWARD_TIMEOUT_MS, (signal) => once(socket, "connect", { signal }));
    const connection = new ClientConnection(socket);
    void connection.closed.then(() => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection;
  }
}
