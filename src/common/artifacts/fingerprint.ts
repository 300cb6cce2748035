import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** What an artifact is made from, as plain data. */
export type Inputs = string | number | boolean | null | readonly Inputs[] | { readonly [key: string]: Inputs };

/**
 * Names a set of inputs: 16 hex digits of the SHA-256 of their JSON with
 * sorted keys, so that the order in which they were collected doesn't matter.
 */
export function fingerprint(inputs: Inputs): string {
  return createHash("sha256").update(canonicalJson(inputs)).digest("hex").slice(0, 16);
}

/** SHA-256 of a file's bytes, in hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function canonicalJson(value: Inputs): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(",")}}`;
}

function isList(value: Inputs): value is readonly Inputs[] {
  return Array.isArray(value);
}
