import type { JsonValue } from "./parse-json.js";

/**
 * The document without its members that are null. Programs that write JSON
 * with Go's types put null where a list or an object is not set, and those
 * that read with Go's types (runc) take it as absent; so do we. Nulls in
 * arrays stay and are for the validation to refuse.
 */
export function withoutNulls(value: JsonValue): JsonValue {
  // Most documents have none and needn't be copied.
  return holdsNull(value) ? copyWithoutNulls(value) : value;
}

function holdsNull(value: JsonValue): boolean {
  if (typeof value !== "object") return false;
  return value === null || Object.values(value).some(holdsNull);
}

function copyWithoutNulls(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => copyWithoutNulls(item));
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, copyWithoutNulls(member)]));
}
