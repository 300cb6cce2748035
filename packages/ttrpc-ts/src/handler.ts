import type { Metadata } from "./metadata.js";
import type { Decoded, Encodable, MethodDefinition, ServiceDefinition } from "./service.js";

/** What a handler may know of its call. */
export interface HandlerContext {
  /** Full name of the service. */
  readonly service: string;
  /** The method's name as the .proto file has it. */
  readonly method: string;
  /** Fires when the deadline passes or the connection is lost; nobody hears of the result then. ttrpc has no message for a call that its caller gave up. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting; undefined where it set no limit. */
  readonly deadline: Date | undefined;
  readonly metadata: Metadata;
}

type MaybePromise<T> = T | Promise<T>;

/** How one method is answered. */
export type Handler<Method> =
  Method extends MethodDefinition<infer Kind, infer Input, infer Output>
    ? {
        unary: (request: Decoded<Input>, context: HandlerContext) => MaybePromise<Encodable<Output>>;
        server_streaming: (request: Decoded<Input>, context: HandlerContext) => AsyncIterable<Encodable<Output>>;
        client_streaming: (
          requests: AsyncIterable<Decoded<Input>>,
          context: HandlerContext,
        ) => MaybePromise<Encodable<Output>>;
        bidi_streaming: (
          requests: AsyncIterable<Decoded<Input>>,
          context: HandlerContext,
        ) => AsyncIterable<Encodable<Output>>;
      }[Kind]
    : never;

/** A service's handlers, one for each method. A handler that fails throws a TtrpcError to choose the code. */
export type Handlers<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: Handler<Service["methods"][Name]>;
};
