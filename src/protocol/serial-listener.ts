import { performServerHandshake, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { CONNECTION_WINDOW_BYTES, portOfPath, sessionOptions } from "./http2-options.js";
import type { Listener } from "./transport.js";

/**
 * The agent's side of `dialSerial`.
 *
 * @param channel the raw channel; it is the listener's own from now on
 */
export function listenSerial(channel: Duplex): Listener {
  const handlers = new Map<number, (stream: Duplex) => void>();
  const session = performServerHandshake(channel, sessionOptions);
  session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
  session.on("stream", (stream: ServerHttp2Stream, headers) => {
    // A reset reaches whoever reads or writes; without a listener it would end the process.
    stream.on("error", () => undefined);
    const port = portOfPath(headers[":path"]);
    const handler = port === undefined ? undefined : handlers.get(port);
    if (handler === undefined) {
      stream.respond({ ":status": 404 }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200 });
    handler(stream);
  });
  const closed = new Promise<Error | undefined>((resolve) => {
    let failure: Error | undefined;
    session.once("error", (error: Error) => {
      failure = error;
    });
    session.once("close", () => resolve(failure));
  });
  return {
    onStream: (port, handler) => void handlers.set(port, handler),
    close: () => session.destroy(),
    closed,
  };
}
