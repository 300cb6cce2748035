import type { DescService } from "@bufbuild/protobuf";
import type { Duplex } from "node:stream";
import { createClient as createLiteClient, type Client as LiteClient } from "./client.js";
import type { ClientConnection } from "./client-connection.js";
import { describe, type DefinitionOf } from "./describe.js";
import type { ConnectionOptions } from "./frame-channel.js";
import type { Handlers as LiteHandlers } from "./handler.js";
import { Server as LiteServer, type ServerOptions } from "./server.js";
import type { ServerConnection } from "./server-connection.js";

export { ClientConnection, type CallOptions, type CallTarget } from "./client-connection.js";
export type { CallLimits } from "./abort.js";
export { describe, type DefinitionOf } from "./describe.js";
export { TtrpcError, TtrpcProtocolError, type StatusDetail, type TtrpcCode, type TtrpcErrorOptions } from "./error.js";
export type { ConnectionOptions } from "./frame-channel.js";
export type { HandlerContext } from "./handler.js";
export type { Metadata, MetadataInit } from "./metadata.js";
export type { ServerOptions } from "./server.js";
export { ServerConnection } from "./server-connection.js";

/** A service's methods, to be called. */
export type Client<Service extends DescService> = LiteClient<DefinitionOf<Service>>;

/** A service's handlers, one for each method. A handler that fails throws a TtrpcError to choose the code. */
export type Handlers<Service extends DescService> = LiteHandlers<DefinitionOf<Service>>;

/**
 * Makes a client of one service that protobuf-es generated.
 *
 * @param connection a connection, which several clients may share, or a
 *   connected stream that becomes this client's own
 * @param options limits, where `connection` is a stream
 */
export function createClient<Service extends DescService>(
  service: Service,
  connection: ClientConnection | Duplex,
  options?: ConnectionOptions,
): Client<Service> {
  return createLiteClient(describe(service), connection, options);
}

/** Answers calls of the services that were added to it, on any number of connections. */
export class Server {
  readonly #server: LiteServer;

  constructor(options?: ServerOptions) {
    this.#server = new LiteServer(options);
  }

  /** Adds a service that protobuf-es generated; returns the server. */
  service<Service extends DescService>(service: Service, handlers: Handlers<Service>): this {
    this.#server.service(describe(service), handlers);
    return this;
  }

  /** Serves one connected stream, from now on the connection's own. */
  serve(duplex: Duplex): ServerConnection {
    return this.#server.serve(duplex);
  }

  /** Ends every connection at once; the signals of calls under way fire. */
  close(): void {
    this.#server.close();
  }

  /** Refuses new calls, waits until those under way are answered, then ends every connection. */
  async shutdown(): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Makes a server without services. */
export function createServer(options?: ServerOptions): Server {
  return new Server(options);
}
