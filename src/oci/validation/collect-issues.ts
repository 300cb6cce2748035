import { checkSchema } from "./check-schema.js";
import type { ReportIssue, ValidationIssue } from "./issue.js";
import type { SchemaValidator } from "./schema-error.js";

/** As for the schema's faults: nobody reads more. */
const MAX_ISSUES = 100;

/**
 * Runs a compiled validator and then, where the document has the shape that
 * the schema asks for, further checks.
 *
 * @param check reports to its two arguments: what is wrong, and what is only worth knowing
 * @returns at most 100 errors and 100 warnings
 */
export function collectIssues(
  validator: SchemaValidator,
  document: unknown,
  check: (error: ReportIssue, warning: ReportIssue) => void,
): ValidationIssue[] {
  const issues = checkSchema(validator, document);
  if (issues.some(({ severity }) => severity === "error")) return issues;
  const errors: ValidationIssue[] = [];
  const warnings = issues;
  check(
    (path, found, expected) => {
      if (errors.length < MAX_ISSUES) errors.push({ severity: "error", path, found, expected });
    },
    (path, found, expected) => {
      if (warnings.length < MAX_ISSUES) warnings.push({ severity: "warning", path, found, expected });
    },
  );
  return [...errors, ...warnings];
}
