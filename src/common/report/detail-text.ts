import { inspect } from "node:util";

/** The detail of a test, as TAP has it, for people; undefined where there is none. */
export function detailText(detail: unknown): string | undefined {
  if (typeof detail === "string") return detail === "" ? undefined : detail;
  if (typeof detail !== "object" || detail === null) return undefined;
  return Object.entries(detail)
    .map(([key, value]) => (typeof value === "string" ? `${key}: ${value.trimEnd()}` : `${key}: ${inspect(value)}`))
    .join("\n");
}
