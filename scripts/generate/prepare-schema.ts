import type { JsonValue } from "../../src/oci/parse-json.js";

/** A JSON object, such as a schema. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Keywords that say nothing to a validator. */
const SILENT = new Set(["$schema", "$comment", "title", "description", "default", "examples"]);

/**
 * A JSON schema (draft-07) in the form that ajv is to compile: integers with
 * both bounds get `integerRange`, since ajv's own keywords know no bigint,
 * `enum` becomes `choice`, and objects with `properties` get `fields`.
 */
export function prepareSchema(schema: JsonObject): JsonObject {
  const prepared: Record<string, JsonValue> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (SILENT.has(keyword)) continue;
    if (keyword === "properties" || keyword === "definitions") {
      prepared[keyword] = Object.fromEntries(
        Object.entries(asObject(value)).map(([name, part]) => [name, prepareSchema(asObject(part))]),
      );
    } else if (keyword === "items" || (keyword === "additionalProperties" && typeof value === "object")) {
      prepared[keyword] = prepareSchema(asObject(value));
    } else if (keyword === "enum") {
      prepared["choice"] = value;
    } else {
      prepared[keyword] = value;
    }
  }
  return withFields(withIntegerRange(prepared));
}

function withIntegerRange(schema: JsonObject): JsonObject {
  const { type, minimum, maximum, ...rest } = schema;
  if (type !== "integer") return schema;
  return { ...rest, integerRange: [boundText(minimum), boundText(maximum)] };
}

function boundText(bound: JsonValue | undefined): string {
  if (typeof bound === "number" || typeof bound === "bigint") return bound.toString();
  throw new Error("an integer of a schema needs both bounds");
}

function withFields(schema: JsonObject): JsonObject {
  const { additionalProperties, ...rest } = schema;
  if (rest["properties"] === undefined || typeof additionalProperties === "object") return schema;
  const known = Object.keys(asObject(rest["properties"]));
  return { ...rest, fields: { known, closed: additionalProperties === false } };
}

function asObject(value: JsonValue): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`an object was expected in a schema: ${String(value)}`);
  }
  return value as JsonObject;
}
