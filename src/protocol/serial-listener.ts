import type { Duplex } from "node:stream";
import { MuxConnection } from "./mux/connection.js";
import { FrameKind } from "./mux/frame.js";
import type { Listener } from "./transport.js";

/**
 * The agent's side of `dialSerial`. Ports must be served in the same turn of
 * the event loop, before the first request is read.
 *
 * @param channel the raw channel; it is the listener's own from now on
 */
export function listenSerial(channel: Duplex): Listener {
  const handlers = new Map<number, (stream: Duplex) => void>();
  const connection = new MuxConnection(channel, {
    onOpen: (streamId, port) => {
      const handler = handlers.get(port);
      if (handler === undefined) {
        connection.send(FrameKind.refuse, streamId);
        return;
      }
      const stream = connection.addStream(streamId);
      connection.send(FrameKind.accept, streamId);
      handler(stream);
    },
  });
  return {
    onStream: (port, handler) => {
      handlers.set(port, handler);
    },
    close: () => connection.close(),
    closed: connection.closed,
  };
}
