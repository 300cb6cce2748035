import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { TskataError } from "../../common/error.js";
import type { ControlHandlers, ControlMethod, ControlRequest, ControlResponse } from "./control-protocol.js";
import { readJsonLines, writeJsonLine } from "./json-lines.js";
import { toWireError } from "./wire-error.js";

/** Where later commands ask for operations: a unix socket in the run directory, whose folder keeps others out. */
export class ControlServer {
  readonly #onError: (error: unknown) => void;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;

  /** @param onError hears of a connection that broke the protocol; it is closed */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /**
   * Serves the methods until it is closed, without keeping the process from its end.
   *
   * @throws the system's error where the socket can't be bound
   */
  async listen(path: string, handlers: ControlHandlers): Promise<void> {
    const server = createServer((socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
      serve(socket, handlers).catch(this.#onError);
    });
    this.#server = server;
    server.listen(path);
    await once(server, "listening");
    server.unref();
  }

  /** Hangs up on everybody: a command that waits for the sandbox's end waits for that. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

async function serve(socket: Socket, handlers: ControlHandlers): Promise<void> {
  const controller = new AbortController();
  const hungUp = (): void => controller.abort(new TskataError("unavailable", "the command hung up"));
  socket.once("close", hungUp);
  // The iteration throws what matters; without a listener an error would end the process.
  socket.on("error", hungUp);
  try {
    for await (const line of readJsonLines(socket)) {
      if (!isRequest(line)) throw new TskataError("invalid-argument", "the peer sent a line that is no request");
      void answer(line, handlers, controller.signal).then(async (response) => {
        if (socket.writable) await writeJsonLine(socket, response);
      });
    }
  } finally {
    socket.destroy();
  }
}

async function answer(
  request: ControlRequest,
  handlers: ControlHandlers,
  signal: AbortSignal,
): Promise<ControlResponse> {
  const { id, method, params } = request;
  try {
    if (!Object.hasOwn(handlers, method)) {
      throw new TskataError("unsupported", `the supervisor has no method ${JSON.stringify(method)}`);
    }
    // Both ends are ours and of one version: the parameters have the method's shape.
    const handler = handlers[method as ControlMethod] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
    return { id, result: await handler(params, signal) };
  } catch (error) {
    return { id, error: toWireError(error) };
  }
}

function isRequest(value: unknown): value is ControlRequest {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "number" &&
    "method" in value &&
    typeof value.method === "string" &&
    "params" in value
  );
}
