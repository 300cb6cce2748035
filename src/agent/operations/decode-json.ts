import { TskataError } from "../../common/error.js";
import { parseJson } from "../../oci/parse-json.js";
import { withoutNulls } from "../../oci/without-nulls.js";

/**
 * Reads a JSON object that the host validated before it sent it; null is absent.
 *
 * @param what names it in errors
 * @throws TskataError `invalid-argument`
 */
export function decodeJson(bytes: Uint8Array, what: string): object {
  const value: unknown = withoutNulls(parseJson(Buffer.from(bytes).toString("utf8"), what));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TskataError("invalid-argument", `${what}: expected an object`);
  }
  return value;
}
