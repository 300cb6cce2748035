import type { Duplex } from "node:stream";
import { serveAgent } from "../../protocol/agent-server.js";
import { STREAM_PORT } from "../../protocol/ports.js";
import { listenSerial } from "../../protocol/serial-listener.js";
import type { Listener } from "../../protocol/transport.js";
import type { Sandbox } from "../sandbox/sandbox.js";
import { attachStream } from "./attach-stream.js";
import { agentHandlers } from "./handlers.js";

/** How an agent serves. */
export interface ServeOptions {
  /** Whether the guest was booted with its debug console. */
  readonly consoleAllowed: boolean;
  /** Hears why a stream was refused. */
  readonly log: (line: string) => void;
}

/**
 * Serves a sandbox on the channel to the host: its operations on RPC_PORT, the
 * streams of its processes on STREAM_PORT.
 *
 * @param channel the raw channel, by way of init; it is the listener's own from now on
 */
export function serve(channel: Duplex, sandbox: Sandbox, { consoleAllowed, log }: ServeOptions): Listener {
  const listener = listenSerial(channel);
  sandbox.outputs = listener;
  serveAgent(listener, agentHandlers(sandbox));
  listener.onStream(STREAM_PORT, (stream) => {
    const arrival = attachStream(sandbox, stream, consoleAllowed, log).finally(() => sandbox.arriving.delete(arrival));
    sandbox.arriving.add(arrival);
  });
  return listener;
}
