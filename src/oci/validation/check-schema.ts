import { describeSchemaError } from "./describe-schema-error.js";
import type { ValidationIssue } from "./issue.js";
import type { SchemaError, SchemaValidator } from "./schema-error.js";

/** Faults beyond this number are left out: nobody reads them. */
const MAX_DESCRIBED = 100;

/**
 * Runs a compiled validator on a document.
 *
 * @returns at most 100 errors and 100 warnings; empty where all is well
 */
export function checkSchema(validator: SchemaValidator, document: unknown): ValidationIssue[] {
  if (validator(document)) return [];
  const found = validator.errors ?? [];
  validator.errors = null;
  const errors = found.filter((error) => !isHint(error)).slice(0, MAX_DESCRIBED);
  const hints = found.filter(isHint).slice(0, MAX_DESCRIBED);
  return [...errors, ...hints].flatMap((error) => describeSchemaError(document, error) ?? []);
}

function isHint(error: SchemaError): boolean {
  return error.keyword === "fields" && !error.params.closed;
}
