import type { Duplex } from "node:stream";
import type { TtrpcError } from "./error.js";
import type { ConnectionOptions } from "./frame-channel.js";
import type { Handlers } from "./handler.js";
import { ServerConnection } from "./server-connection.js";
import type { ErasedHandler, RegisteredMethod } from "./server-call.js";
import type { ServiceDefinition } from "./service.js";

/** Limits and hooks of a server. */
export interface ServerOptions extends ConnectionOptions {
  /** Most calls of one connection at a time; more are refused with `resource-exhausted`; default 1024. */
  readonly maxConcurrentCalls?: number | undefined;
  /**
   * Turns what a handler threw, where it is no TtrpcError, into the error that
   * the caller gets. By default that is `unknown` with the error's message.
   */
  readonly translateError?: ((error: unknown) => TtrpcError) | undefined;
}

/** Answers calls of the services that were added to it, on any number of connections. */
export class Server {
  readonly #options: ServerOptions;
  readonly #methods = new Map<string, RegisteredMethod>();
  readonly #connections = new Set<ServerConnection>();

  constructor(options: ServerOptions = {}) {
    this.#options = options;
  }

  /** Adds a service; returns the server. */
  service<Service extends ServiceDefinition>(service: Service, handlers: Handlers<Service>): this {
    for (const [name, definition] of Object.entries(service.methods)) {
      const handler = handlers[name] as ErasedHandler;
      this.#methods.set(`${service.typeName}/${definition.name}`, {
        service: service.typeName,
        definition,
        // A method of a class instance keeps its `this`.
        handler: (request, context) => handler.call(handlers, request, context),
      });
    }
    return this;
  }

  /** Serves one connected stream, from now on the connection's own. */
  serve(duplex: Duplex): ServerConnection {
    const connection = new ServerConnection(duplex, this.#methods, this.#options);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** Ends every connection at once; the signals of calls under way fire. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Refuses new calls, waits until those under way are answered, then ends every connection. */
  async shutdown(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.shutdown()));
  }
}

/** Makes a server without services. */
export function createServer(options?: ServerOptions): Server {
  return new Server(options);
}
