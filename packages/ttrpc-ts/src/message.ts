import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Codec, MessageInit } from "./codec.js";
import { isZero, readScalar, wireTypeOf, writeScalar, zeroOf, type ScalarType } from "./scalar.js";

/** Deepest nesting of messages that is decoded. */
const MAX_DEPTH = 100;
/**
 * Most nested messages and map entries in one message. An empty one takes two
 * bytes on the wire and far more in memory, so the size of the bytes alone
 * bounds too little.
 */
const MAX_NESTED = 1 << 18;

/** What a field holds: a scalar, an enum by its numbers, or a message. */
export type FieldType = ScalarType | readonly number[] | (() => MessageCodec<object>);

/** How often a field occurs; without one it is a single field with implicit presence. */
export type FieldShape = "optional" | "repeated" | { readonly mapKey: ScalarType } | { readonly oneof: string };

/** One field: number, property, type and shape. */
export type Field = readonly [number: number, name: string, type: FieldType, shape?: FieldShape];

type Values = Record<string, unknown>;
/** Counts what a hostile encoding could blow up. */
type Budget = { nested: number };
type OneofValue = { case: string; value?: unknown };

/**
 * A protobuf message type as a table of its fields, sorted by number: no
 * reflection, next to nothing to do at import. Written by `protoc-gen-ttrpc-lite`.
 *
 * Unknown fields are dropped; an enum's unknown numbers are read as its first value.
 */
export class MessageCodec<T extends object> implements Codec<T, MessageInit<T>> {
  readonly typeName: string;
  readonly #fields: readonly Field[];

  constructor(typeName: string, fields: readonly Field[]) {
    this.typeName = typeName;
    this.#fields = fields;
  }

  encode(message: MessageInit<T>): Uint8Array {
    const writer = new BinaryWriter();
    this.#write(writer, message as Values);
    return writer.finish();
  }

  decode(bytes: Uint8Array): T {
    const message = this.#empty();
    this.#read(message, new BinaryReader(bytes), bytes.length, 0, { nested: 0 });
    return message as T;
  }

  #write(writer: BinaryWriter, message: Values): void {
    for (const [number, name, type, shape] of this.#fields) {
      if (typeof shape === "object" && "oneof" in shape) {
        const chosen = message[shape.oneof] as OneofValue | undefined;
        if (chosen?.case === name) writeField(writer, number, type, chosen.value);
        continue;
      }
      const value = message[name];
      if (value === undefined) continue;
      if (shape === undefined) {
        if (typeof type === "function" || !isZero(value)) writeField(writer, number, type, value);
      } else if (shape === "optional") {
        writeField(writer, number, type, value);
      } else if (shape === "repeated") {
        writeList(writer, number, type, value as readonly unknown[]);
      } else {
        writeMap(writer, number, shape.mapKey, type, value as Values);
      }
    }
  }

  #empty(): Values {
    const message: Values = {};
    for (const [, name, type, shape] of this.#fields) {
      if (shape === undefined) {
        if (typeof type !== "function") message[name] = zeroOf(type);
      } else if (shape === "repeated") {
        message[name] = [];
      } else if (typeof shape === "object") {
        // A map has no prototype: its keys are the peer's.
        if ("oneof" in shape) message[shape.oneof] = { case: undefined };
        else message[name] = Object.create(null) as Values;
      }
    }
    return message;
  }

  #read(message: Values, reader: BinaryReader, end: number, depth: number, budget: Budget): void {
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const field = this.#fields.find(([candidate]) => candidate === number);
      if (field === undefined || !readField(message, field, reader, wireType, depth, budget)) {
        reader.skip(wireType, number);
      }
    }
    if (reader.pos !== end) throw new RangeError(`${this.typeName}: a field goes beyond the end of its message`);
  }

  static write(codec: MessageCodec<object>, writer: BinaryWriter, value: unknown): void {
    writer.fork();
    codec.#write(writer, value as Values);
    writer.join();
  }

  static read(
    codec: MessageCodec<object>,
    reader: BinaryReader,
    earlier: unknown,
    depth: number,
    budget: Budget,
  ): Values {
    if (depth >= MAX_DEPTH) throw new RangeError(`${codec.typeName}: messages nest deeper than ${MAX_DEPTH}`);
    countNested(budget);
    const message = (earlier as Values | undefined) ?? codec.#empty();
    const length = reader.uint32();
    if (length > reader.len - reader.pos) throw new RangeError(`${codec.typeName}: cut short`);
    codec.#read(message, reader, reader.pos + length, depth + 1, budget);
    return message;
  }
}

function countNested(budget: Budget): void {
  budget.nested += 1;
  if (budget.nested > MAX_NESTED) throw new RangeError(`more than ${MAX_NESTED} messages within a message`);
}

function wireTypeFor(type: FieldType): WireType {
  if (typeof type === "function") return WireType.LengthDelimited;
  return typeof type === "string" ? wireTypeOf(type) : WireType.Varint;
}

function writeField(writer: BinaryWriter, number: number, type: FieldType, value: unknown): void {
  writer.tag(number, wireTypeFor(type));
  writeValue(writer, type, value);
}

function writeValue(writer: BinaryWriter, type: FieldType, value: unknown): void {
  if (typeof type === "function") MessageCodec.write(type(), writer, value);
  else writeScalar(writer, typeof type === "string" ? type : "int32", value);
}

function writeList(writer: BinaryWriter, number: number, type: FieldType, values: readonly unknown[]): void {
  if (values.length === 0) return;
  if (wireTypeFor(type) === WireType.LengthDelimited) {
    for (const value of values) writeField(writer, number, type, value);
    return;
  }
  writer.tag(number, WireType.LengthDelimited).fork();
  for (const value of values) writeValue(writer, type, value);
  writer.join();
}

function writeMap(writer: BinaryWriter, number: number, keyType: ScalarType, type: FieldType, map: Values): void {
  for (const [key, value] of Object.entries(map)) {
    writer.tag(number, WireType.LengthDelimited).fork();
    writeField(writer, 1, keyType, keyFromProperty(keyType, key));
    writeField(writer, 2, type, value);
    writer.join();
  }
}

function keyFromProperty(type: ScalarType, property: string): unknown {
  if (type === "string") return property;
  if (type === "bool") return property === "true";
  return type.endsWith("64") ? BigInt(property) : Number(property);
}

/** Reads one field; false where its wire type doesn't fit, so that it is skipped as an unknown one. */
function readField(
  message: Values,
  [, name, type, shape]: Field,
  reader: BinaryReader,
  wireType: WireType,
  depth: number,
  budget: Budget,
): boolean {
  if (typeof shape === "object" && "mapKey" in shape) {
    if (wireType !== WireType.LengthDelimited) return false;
    countNested(budget);
    readMapEntry(message[name] as Values, shape.mapKey, type, reader, depth, budget);
    return true;
  }
  const expected = wireTypeFor(type);
  if (shape === "repeated") {
    const list = message[name] as unknown[];
    if (wireType === expected) {
      list.push(readValue(type, reader, undefined, depth, budget));
    } else if (wireType === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) list.push(readValue(type, reader, undefined, depth, budget));
    } else {
      return false;
    }
    return true;
  }
  if (wireType !== expected) return false;
  if (typeof shape === "object") {
    const chosen = message[shape.oneof] as OneofValue;
    const earlier = chosen.case === name ? chosen.value : undefined;
    message[shape.oneof] = { case: name, value: readValue(type, reader, earlier, depth, budget) };
  } else {
    message[name] = readValue(type, reader, message[name], depth, budget);
  }
  return true;
}

/** @param earlier an earlier occurrence of the same field: messages are merged */
function readValue(type: FieldType, reader: BinaryReader, earlier: unknown, depth: number, budget: Budget): unknown {
  if (typeof type === "function") return MessageCodec.read(type(), reader, earlier, depth, budget);
  if (typeof type === "string") return readScalar(reader, type);
  const number = reader.int32();
  return type.includes(number) ? number : type[0];
}

function readMapEntry(
  map: Values,
  keyType: ScalarType,
  type: FieldType,
  reader: BinaryReader,
  depth: number,
  budget: Budget,
): void {
  const end = reader.uint32() + reader.pos;
  let key: unknown = zeroOf(keyType);
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === wireTypeOf(keyType)) key = readScalar(reader, keyType);
    else if (number === 2 && wireType === wireTypeFor(type)) value = readValue(type, reader, value, depth, budget);
    else reader.skip(wireType, number);
  }
  map[String(key)] = value ?? (typeof type === "function" ? type().decode(new Uint8Array()) : zeroOf(type));
}
