import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Codec } from "./codec.js";
import type { MethodDefinition, ServiceDefinition } from "./service.js";

type MessageCodecOf<Desc> = Desc extends DescMessage ? Codec<MessageShape<Desc>, MessageInitShape<Desc>> : never;

/** The definition of a service that protobuf-es generated. */
export type DefinitionOf<Service extends DescService> = {
  readonly typeName: string;
  readonly methods: {
    readonly [Name in keyof Service["method"]]: MethodDefinition<
      Service["method"][Name]["methodKind"],
      MessageCodecOf<Service["method"][Name]["input"]>,
      MessageCodecOf<Service["method"][Name]["output"]>
    >;
  };
};

/** Makes a service definition of a service that protobuf-es generated (`GenService`). */
export function describe<Service extends DescService>(service: Service): DefinitionOf<Service> {
  const methods = service.methods.map((method) => [method.localName, describeMethod(method)]);
  const definition: ServiceDefinition = { typeName: service.typeName, methods: Object.fromEntries(methods) };
  return definition as DefinitionOf<Service>;
}

function describeMethod({ name, methodKind, input, output }: DescMethod): MethodDefinition {
  return { name, kind: methodKind, input: codecOf(input), output: codecOf(output) };
}

function codecOf(schema: DescMessage): Codec<unknown, never> {
  const codec: Codec<MessageShape<DescMessage>, MessageInitShape<DescMessage>> = {
    encode: (message) => toBinary(schema, create(schema, message)),
    decode: (bytes) => fromBinary(schema, bytes),
  };
  return codec;
}
