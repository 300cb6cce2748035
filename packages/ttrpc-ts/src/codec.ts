/** Turns messages of one type to bytes and back. */
export interface Codec<Message, Init = Message> {
  /** The protobuf encoding of a message; what `message` leaves out has its default. */
  encode(message: Init): Uint8Array;
  /** Decodes untrusted bytes; throws where they are not an encoding of this type. */
  decode(bytes: Uint8Array): Message;
}

/**
 * What may be given for a message of type `T`: any of its fields left out, at
 * every depth. A `oneof` is given whole.
 */
export type MessageInit<T> = T extends Uint8Array | bigint | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? readonly MessageInit<Element>[]
    : T extends { case: string; value: infer Value }
      ? { readonly case: T["case"]; readonly value: MessageInit<Value> }
      : { readonly [Field in keyof T]?: MessageInit<T[Field]> | undefined };
