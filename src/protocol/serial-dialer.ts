import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { messageOf, TskataError } from "../common/error.js";
import { CONNECTION_WINDOW_BYTES, pathOfPort, sessionOptions } from "./http2-options.js";
import type { Dialer } from "./transport.js";

/**
 * Multiplexes one byte stream to the agent (a serial port) with HTTP/2, whose
 * flow control keeps a stalled stream from blocking the others.
 *
 * @param channel the raw channel; it is the dialer's own from now on
 */
export function dialSerial(channel: Duplex): Dialer {
  const session = connect("http://agent", { ...sessionOptions, createConnection: () => channel });
  session.setMaxListeners(0);
  session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
  return {
    dial: (port, signal) => dial(session, port, signal),
    close: () => session.destroy(),
    closed: closedOf(session),
  };
}

function closedOf(session: ClientHttp2Session): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let failure: Error | undefined;
    session.once("error", (error: Error) => {
      failure = unavailable("the agent's connection broke", error);
    });
    session.once("goaway", () => session.destroy());
    session.once("close", () => resolve(failure));
  });
}

async function dial(session: ClientHttp2Session, port: number, signal?: AbortSignal): Promise<Duplex> {
  signal?.throwIfAborted();
  if (session.destroyed || session.closed) {
    throw new TskataError("unavailable", `dial port ${port} of the agent: its connection is gone`);
  }
  const stream = session.request({ ":method": "POST", ":path": pathOfPort(port) }, { endStream: false });
  const status = await answered(stream, port, signal);
  if (status !== 200) {
    stream.destroy();
    throw new TskataError("unavailable", `dial port ${port} of the agent: it answered ${status}`);
  }
  // Whoever reads or writes hears of a reset; without a listener it would end the process.
  stream.on("error", () => undefined);
  return stream;
}

function answered(stream: ClientHttp2Stream, port: number, signal?: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal?.removeEventListener("abort", onAbort);
      stream.off("response", onResponse);
      stream.off("error", onError);
      stream.off("close", onClose);
    };
    const onResponse = (headers: IncomingHttpHeaders): void => {
      settle();
      resolve(Number(headers[":status"]));
    };
    const onError = (error: Error): void => {
      settle();
      reject(unavailable(`dial port ${port} of the agent`, error));
    };
    const onClose = (): void => onError(new Error("the stream was closed"));
    const onAbort = (): void => {
      settle();
      stream.on("error", () => undefined);
      stream.destroy();
      reject(signal?.reason as Error);
    };
    stream.once("response", onResponse);
    stream.once("error", onError);
    stream.once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function unavailable(what: string, cause: Error): TskataError {
  return new TskataError("unavailable", `${what}: ${messageOf(cause)}`, { cause });
}
