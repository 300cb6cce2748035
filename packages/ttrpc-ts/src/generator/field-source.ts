import { ScalarType, type DescEnum, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** Gives the identifier of a message or enum, and imports it where another file declares it. */
export type NameOf = (desc: DescMessage | DescEnum, use: "type" | "value") => string;

/** The TypeScript type of what a field holds: of one element, where it is repeated or a map. */
function elementType(field: DescField, nameOf: NameOf): string {
  if (field.message) return nameOf(field.message, "type");
  if (field.enum) return nameOf(field.enum, "type");
  return scalarTypeScript(field.scalar);
}

function scalarTypeScript(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.BOOL:
      return "boolean";
    case ScalarType.STRING:
      return "string";
    case ScalarType.BYTES:
      return "Uint8Array";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "bigint";
    default:
      return "number";
  }
}

function isOptional(field: DescField): boolean {
  return field.fieldKind !== "message" && field.presence !== FeatureSet_FieldPresence.IMPLICIT;
}

/** The property that a field is in its message's interface, without a doc comment. */
export function propertySource(field: DescField, nameOf: NameOf): string {
  const type = elementType(field, nameOf);
  switch (field.fieldKind) {
    case "list":
      return `${field.localName}: ${type}[];`;
    case "map": {
      const key = ["string", "boolean", "bigint"].includes(scalarTypeScript(field.mapKey)) ? "string" : "number";
      return `${field.localName}: { [key: ${key}]: ${type} };`;
    }
    case "message":
      return `${field.localName}?: ${type} | undefined;`;
    default:
      return isOptional(field) ? `${field.localName}?: ${type} | undefined;` : `${field.localName}: ${type};`;
  }
}

/** One alternative of a oneof's type. */
export function alternativeSource(field: DescField, nameOf: NameOf): string {
  return `{ case: "${field.localName}"; value: ${elementType(field, nameOf)} }`;
}

/** The field's row in the table that {@link MessageCodec} works from. */
export function rowSource(field: DescField, nameOf: NameOf): string {
  const parts = [String(field.number), `"${field.localName}"`, typeSource(field, nameOf)];
  const shape = shapeSource(field);
  if (shape !== undefined) parts.push(shape);
  return `[${parts.join(", ")}]`;
}

function typeSource(field: DescField, nameOf: NameOf): string {
  if (field.message) return `() => ${nameOf(field.message, "value")}`;
  if (field.enum) return `[${field.enum.values.map(({ number }) => number).join(", ")}]`;
  return `"${scalarName(field.scalar)}"`;
}

function shapeSource(field: DescField): string | undefined {
  switch (field.fieldKind) {
    case "list":
      return '"repeated"';
    case "map":
      return `{ mapKey: "${scalarName(field.mapKey)}" }`;
    default:
      if (field.oneof) return `{ oneof: "${field.oneof.localName}" }`;
      return isOptional(field) ? '"optional"' : undefined;
  }
}

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}
