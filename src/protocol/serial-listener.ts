import { performServerHandshake, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { CONNECTION_WINDOW_BYTES, portOfPath, sessionOptions } from "./http2-options.js";
import { MultiplexedStream } from "./multiplexed-stream.js";
import type { Listener } from "./transport.js";

/**
 * The agent's side of `dialSerial`. Ports must be served in the same turn of
 * the event loop, before the first request is read.
 *
 * @param channel the raw channel; it is the listener's own from now on
 */
export function listenSerial(channel: Duplex): Listener {
  const handlers = new Map<number, (stream: Duplex) => void>();
  const session = performServerHandshake(channel, sessionOptions);
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const port = portOfPath(headers[":path"]);
    const handler = port === undefined ? undefined : handlers.get(port);
    if (handler === undefined) {
      // Whether the refusal arrives is the host's business.
      stream.on("error", () => undefined).respond({ ":status": 404 }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200 });
    handler(new MultiplexedStream(stream));
  });
  let failure: Error | undefined;
  session.on("error", (error: Error) => {
    failure = error;
  });
  return {
    onStream: (port, handler) => {
      handlers.set(port, handler);
    },
    close: () => session.destroy(),
    closed: new Promise((resolve) => {
      session.once("close", () => resolve(failure));
    }),
  };
}
