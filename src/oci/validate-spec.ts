import { checkCreatable, checkDocument } from "./checks/check-document.js";
import type { Spec } from "./config.js";
import { matchesConfig } from "./gen/validators.js";
import { readDocument } from "./read-document.js";
import { collectIssues } from "./validation/collect-issues.js";
import { throwOnErrors, type ValidationIssue } from "./validation/issue.js";

/** What a config.json is validated for: as a document of any platform, or to be created here. */
export type SpecPurpose = "document" | "create";

/**
 * Validates a parsed config.json: first its shape, then, where that is right,
 * the rules that a JSON schema can't express.
 *
 * @param value as read-document.ts makes it of a text
 * @returns at most 100 errors and 100 warnings
 */
export function validateSpec(value: unknown, purpose: SpecPurpose = "document"): ValidationIssue[] {
  return collectIssues(matchesConfig, value, (error, warning) => {
    const spec = value as Spec;
    checkDocument(spec, error, warning);
    if (purpose === "create") checkCreatable(spec, error, warning);
  });
}

/**
 * Insists on a valid config.json.
 *
 * @param what the document in the error's text, such as its path
 * @throws TskataError `invalid-argument` with what is wrong, bounded in length
 */
export function assertValidSpec(value: unknown, what: string, purpose?: SpecPurpose): asserts value is Spec {
  throwOnErrors(what, validateSpec(value, purpose));
}

/**
 * Reads the text of a config.json that is to be created.
 *
 * @param what the document in errors, such as its path
 * @returns the document and what its author should be told
 * @throws TskataError `invalid-argument`
 */
export function readSpec(text: string, what: string): { spec: Spec; warnings: ValidationIssue[] } {
  const { value, warnings } = readDocument(text, what, matchesConfig, (value) => validateSpec(value, "create"));
  return { spec: value as Spec, warnings };
}
