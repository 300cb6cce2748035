import type { Duplex } from "node:stream";
import { ClientConnection, type CallOptions, type CallTarget } from "./client-connection.js";
import { TtrpcError } from "./error.js";
import type { ConnectionOptions } from "./frame-channel.js";
import type { Codec } from "./codec.js";
import type { Decoded, Encodable, MethodDefinition, ServiceDefinition } from "./service.js";

/** How one method is called. */
export type ClientMethod<Method> =
  Method extends MethodDefinition<infer Kind, infer Input, infer Output>
    ? {
        unary: (request: Encodable<Input>, options?: CallOptions) => Promise<Decoded<Output>>;
        server_streaming: (request: Encodable<Input>, options?: CallOptions) => AsyncIterable<Decoded<Output>>;
        client_streaming: (
          requests: AsyncIterable<Encodable<Input>>,
          options?: CallOptions,
        ) => Promise<Decoded<Output>>;
        bidi_streaming: (
          requests: AsyncIterable<Encodable<Input>>,
          options?: CallOptions,
        ) => AsyncIterable<Decoded<Output>>;
      }[Kind]
    : never;

/** A service's methods, to be called. */
export type Client<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: ClientMethod<Service["methods"][Name]>;
};

/**
 * Makes a client of one service.
 *
 * @param connection a connection, which several clients may share, or a
 *   connected stream that becomes this client's own
 * @param options limits, where `connection` is a stream
 */
export function createClient<Service extends ServiceDefinition>(
  service: Service,
  connection: ClientConnection | Duplex,
  options?: ConnectionOptions,
): Client<Service> {
  const shared = connection instanceof ClientConnection ? connection : new ClientConnection(connection, options);
  const methods = Object.entries(service.methods).map(([name, method]) => [
    name,
    callerOf(shared, { service: service.typeName, method: method.name }, method as ErasedMethod),
  ]);
  return Object.fromEntries(methods) as Client<Service>;
}

/** A method whose types the caller of `createClient` has been told and this file need not know. */
type ErasedMethod = MethodDefinition<MethodDefinition["kind"], Codec<unknown>, Codec<unknown>>;

function callerOf(connection: ClientConnection, target: CallTarget, method: ErasedMethod): unknown {
  const { kind, input, output } = method;
  const decode = (bytes: Uint8Array): unknown => {
    try {
      return output.decode(bytes);
    } catch (cause) {
      throw new TtrpcError("internal", `${target.method}: the server's message can't be decoded`, { cause });
    }
  };
  switch (kind) {
    case "unary":
      return async (request: unknown, options?: CallOptions) =>
        decode(await connection.unary(target, input.encode(request), options));
    case "server_streaming":
      return (request: unknown, options?: CallOptions) =>
        mapEach(connection.stream(target, input.encode(request), true, options), decode);
    case "client_streaming":
      return async (requests: AsyncIterable<unknown>, options?: CallOptions) => {
        const inputs = mapEach(requests, (request) => input.encode(request));
        for await (const bytes of connection.stream(target, inputs, false, options)) return decode(bytes);
        throw new TtrpcError("internal", `${target.method}: the server ended the call without a message`);
      };
    case "bidi_streaming":
      return (requests: AsyncIterable<unknown>, options?: CallOptions) => {
        const inputs = mapEach(requests, (request) => input.encode(request));
        return mapEach(connection.stream(target, inputs, true, options), decode);
      };
  }
}

async function* mapEach<From, To>(items: AsyncIterable<From>, convert: (item: From) => To): AsyncGenerator<To> {
  for await (const item of items) yield convert(item);
}
