import type { Codec } from "./codec.js";

/** How a method takes its input and gives its output: one message, or a stream of them. */
export type MethodKind = "unary" | "server_streaming" | "client_streaming" | "bidi_streaming";

/** One method of a service. */
export interface MethodDefinition<
  Kind extends MethodKind = MethodKind,
  Input = Codec<unknown, never>,
  Output = Codec<unknown, never>,
> {
  /** As the .proto file has it; it goes over the wire. */
  readonly name: string;
  readonly kind: Kind;
  readonly input: Input;
  readonly output: Output;
}

/** A service: what client and server need to know of it. */
export interface ServiceDefinition {
  /** Full name, such as `containerd.task.v3.Task`. */
  readonly typeName: string;
  /** By the name that they have in TypeScript. */
  readonly methods: { readonly [localName: string]: MethodDefinition };
}

/** What a codec decodes to. */
export type Decoded<C> = C extends Codec<infer Message, never> ? Message : never;
/** What a codec takes. */
export type Encodable<C> = C extends Codec<unknown, infer Init> ? Init : never;
