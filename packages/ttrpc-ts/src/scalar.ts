import { type BinaryReader, type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** The scalar types of protobuf. */
export type ScalarType =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

/** The wire type of a scalar that is not packed. */
export function wireTypeOf(type: ScalarType): WireType {
  switch (type) {
    case "double":
    case "fixed64":
    case "sfixed64":
      return WireType.Bit64;
    case "float":
    case "fixed32":
    case "sfixed32":
      return WireType.Bit32;
    case "string":
    case "bytes":
      return WireType.LengthDelimited;
    default:
      return WireType.Varint;
  }
}

/** The default of a scalar, or of an enum given by its numbers. */
export function zeroOf(type: ScalarType | readonly number[]): unknown {
  if (typeof type !== "string") return type[0];
  switch (type) {
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return new Uint8Array();
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return 0n;
    default:
      return 0;
  }
}

/** True for a scalar's default, which is not sent. Negative zero is not it. */
export function isZero(value: unknown): boolean {
  if (typeof value === "number") return Object.is(value, 0);
  return value instanceof Uint8Array ? value.length === 0 : value === false || value === "" || value === 0n;
}

/** Writes a scalar's value, without its tag. */
export function writeScalar(writer: BinaryWriter, type: ScalarType, value: unknown): void {
  switch (type) {
    case "bool":
      writer.bool(value as boolean);
      break;
    case "string":
      writer.string(value as string);
      break;
    case "bytes":
      writer.bytes(value as Uint8Array);
      break;
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      writer[type](value as bigint);
      break;
    default:
      writer[type](value as number);
  }
}

/** Reads a scalar's value; 64-bit integers are always bigints. */
export function readScalar(reader: BinaryReader, type: ScalarType): unknown {
  switch (type) {
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return BigInt(reader[type]());
    default:
      return reader[type]();
  }
}
