import type { MessageCodec, MessageInit } from "ttrpc-ts/lite";
import { TskataError } from "../../common/error.js";
import type { Any, Timestamp } from "./api/gen/well-known/common_pb.js";

const NANOS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;

/** Packs a message as protobuf's `Any`, as containerd's typeurl does for messages. */
export function pack<M extends object>(codec: MessageCodec<M>, message: MessageInit<M>): Any {
  return { typeUrl: codec.typeName, value: codec.encode(message) };
}

/**
 * Unpacks a message of that type.
 *
 * @returns undefined where there is none, or another
 */
export function unpack<M extends object>(codec: MessageCodec<M>, any: Any | undefined): M | undefined {
  if (any === undefined || any.typeUrl.split("/").at(-1) !== codec.typeName) return undefined;
  return codec.decode(any.value);
}

/**
 * The JSON text that containerd's typeurl packs for types that are no messages, such as the runtime-spec's.
 *
 * @param what for the error's text
 * @throws TskataError `invalid-argument` where there is none
 */
export function packedJson(any: Any | undefined, what: string): string {
  if (any === undefined || any.value.length === 0)
    throw new TskataError("invalid-argument", `${what}: nothing is given`);
  return Buffer.from(any.value).toString("utf8");
}

/** A moment as protobuf has it. */
export function timestamp(date: Date): Timestamp {
  const ms = date.getTime();
  const seconds = Math.floor(ms / MS_PER_SECOND);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}
