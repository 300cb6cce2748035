import { once } from "node:events";
import { createServer as createSocketServer, type Server as SocketServer } from "node:net";
import { createServer, type Server } from "ttrpc-ts/lite";
import { withDeadline } from "../../src/common/deadline.js";
import { Events } from "../../src/host/shim/api/gen/event-forwarding/events_pb.js";
import { PATIENCE } from "./patience.js";

const DEADLINE_MS = 60_000 * PATIENCE;

/** An event that a shim told of, with its packed message. */
interface HeardEvent {
  /** Such as `/tasks/start`. */
  readonly topic: string;
  readonly value: Uint8Array;
  readonly typeUrl: string;
}

/** containerd's socket for events, which may go away and come back. */
export class HeardEvents {
  readonly path: string;
  /** All that were heard, in their order. */
  readonly list: HeardEvent[] = [];
  readonly #heard = new EventTarget();
  #serving: { readonly server: Server; readonly listener: SocketServer } | undefined;

  /** @param path short enough for a unix socket; `open` listens there */
  constructor(path: string) {
    this.path = path;
  }

  /** Listens. */
  async open(): Promise<void> {
    const server = createServer().service(Events, {
      forward: ({ envelope }) => {
        const { topic = "", event } = envelope ?? {};
        this.list.push({ topic, value: event?.value ?? new Uint8Array(), typeUrl: event?.typeUrl ?? "" });
        this.#heard.dispatchEvent(new Event("event"));
        return {};
      },
    });
    const listener = createSocketServer((socket) => void server.serve(socket)).listen(this.path);
    await once(listener, "listening");
    this.#serving = { server, listener };
  }

  /** Hangs up, and listens no more. */
  close(): void {
    this.#serving?.listener.close();
    this.#serving?.server.close();
    this.#serving = undefined;
  }

  /** Waits until so many events of a topic have come. */
  async hears(topic: string, count = 1): Promise<void> {
    await withDeadline(`${count} times ${topic}`, DEADLINE_MS, async () => {
      while (this.list.filter((event) => event.topic === topic).length < count) await once(this.#heard, "event");
    });
  }
}
