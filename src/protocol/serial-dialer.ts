import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { messageOf, TskataError } from "../common/error.js";
import { CONNECTION_WINDOW_BYTES, MAX_STREAMS, pathOfPort, sessionOptions } from "./http2-options.js";
import { MultiplexedStream } from "./multiplexed-stream.js";
import type { Dialer } from "./transport.js";

/** Settings and pings that the agent may send; it has reason for one of the former and none of the latter. */
const MAX_CONTROL_FRAMES = 64;

/**
 * Multiplexes one byte stream to the agent (a serial port) with HTTP/2, whose
 * flow control keeps a stalled stream from blocking the others. The guest is
 * hostile: whatever it sends that the agent has no reason to send ends the
 * connection with `unavailable`.
 *
 * @param channel the raw channel; it is the dialer's own from now on
 */
export function dialSerial(channel: Duplex): Dialer {
  return new SerialDialer(channel);
}

class SerialDialer implements Dialer {
  readonly closed: Promise<Error | undefined>;
  readonly #session: ClientHttp2Session;
  #failure: Error | undefined;
  #controlFrames = 0;
  #streams = 0;

  constructor(channel: Duplex) {
    const options = { ...sessionOptions, maxReservedRemoteStreams: 0, createConnection: () => channel };
    const session = connect("http://agent", options);
    this.#session = session;
    this.closed = new Promise((resolve) => {
      session.once("close", () => resolve(this.#failure));
    });
    session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.on("error", (error: Error) => this.#fail(error));
    session.on("goaway", () => this.#fail(new Error("it said goodbye")));
    session.on("stream", () => this.#fail(new Error("it pushed a stream")));
    session.on("altsvc", () => this.#fail(new Error("it named another server")));
    session.on("origin", () => this.#fail(new Error("it named other servers")));
    session.on("remoteSettings", () => this.#countControlFrame());
    session.on("ping", () => this.#countControlFrame());
  }

  async dial(port: number, signal?: AbortSignal): Promise<Duplex> {
    signal?.throwIfAborted();
    const what = `dial port ${port} of the agent`;
    if (this.#session.closed || this.#session.destroyed) {
      throw new TskataError("unavailable", `${what}: its connection is gone`, { cause: this.#failure });
    }
    if (this.#streams >= MAX_STREAMS) {
      throw new TskataError("resource", `${what}: ${MAX_STREAMS} streams are open already`);
    }
    const stream = this.#session.request({ ":method": "POST", ":path": pathOfPort(port) }, { endStream: false });
    this.#streams += 1;
    stream.once("close", () => {
      this.#streams -= 1;
    });
    const status = await this.#answer(stream, what, signal);
    const multiplexed = new MultiplexedStream(stream);
    if (status === 200) return multiplexed;
    multiplexed.on("error", () => undefined).destroy();
    throw new TskataError("unavailable", `${what}: it answered ${status}`);
  }

  close(): void {
    this.#session.destroy();
  }

  #answer(stream: ClientHttp2Stream, what: string, signal?: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        signal?.removeEventListener("abort", onAbort);
        stream.off("response", onResponse).off("headers", onInformation).off("error", onError).off("close", onClose);
      };
      const fail = (error: Error): void => {
        settle();
        // The reset that this causes is no news to anybody.
        stream.on("error", () => undefined).destroy();
        reject(error);
      };
      const onResponse = (headers: IncomingHttpHeaders): void => {
        settle();
        resolve(Number(headers[":status"]));
      };
      const onInformation = (): void => this.#fail(new Error("it sent an answer before the answer"));
      const onError = (cause: Error): void =>
        fail(new TskataError("unavailable", `${what}: ${messageOf(this.#failure ?? cause)}`, { cause }));
      const onClose = (): void => onError(new Error("its connection is gone"));
      const onAbort = (): void => fail(signal?.reason as Error);
      stream.on("response", onResponse).on("headers", onInformation).on("error", onError).on("close", onClose);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #countControlFrame(): void {
    this.#controlFrames += 1;
    if (this.#controlFrames > MAX_CONTROL_FRAMES) this.#fail(new Error("it sent a flood of control frames"));
  }

  #fail(cause: Error): void {
    if (this.#failure) return;
    const error = new TskataError("unavailable", `the agent's connection broke: ${messageOf(cause)}`, { cause });
    this.#failure = error;
    this.#session.destroy(error);
  }
}
