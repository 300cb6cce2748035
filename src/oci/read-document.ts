import { parseJson } from "./parse-json.js";
import { adoptNames } from "./validation/adopt-names.js";
import { throwOnErrors, type ValidationIssue } from "./validation/issue.js";
import type { SchemaValidator } from "./validation/schema-error.js";
import { withoutNulls } from "./without-nulls.js";

/**
 * Reads a document of the runtime-spec as runc would: null is absent, and
 * names are found whatever the case of their letters.
 *
 * @param what the document in errors, such as its path
 * @param shape its compiled schema
 * @param validate the whole of its rules
 * @returns the document in its right form, and what its author should be told
 * @throws TskataError `invalid-argument` with what is wrong, bounded in length
 */
export function readDocument(
  text: string,
  what: string,
  shape: SchemaValidator,
  validate: (value: unknown) => ValidationIssue[],
): { value: unknown; warnings: ValidationIssue[] } {
  const value: unknown = withoutNulls(parseJson(text, what));
  const renamed = adoptNames(shape, value);
  return { value, warnings: [...renamed, ...throwOnErrors(what, validate(value))] };
}
