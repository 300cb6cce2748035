import { checkResources } from "./checks/check-resources.js";
import { checkStrings } from "./checks/check-strings.js";
import { matchesResources } from "./gen/validators.js";
import type { LinuxResources } from "./linux-resources.js";
import { readDocument } from "./read-document.js";
import { collectIssues } from "./validation/collect-issues.js";
import type { ValidationIssue } from "./validation/issue.js";

/**
 * Validates parsed resources, as `update --resources` takes them: the
 * `linux.resources` of config.json.
 *
 * @returns at most 100 errors and 100 warnings
 */
export function validateResources(value: unknown): ValidationIssue[] {
  return collectIssues(matchesResources, value, (error) => {
    checkStrings(value, error);
    checkResources(value as LinuxResources, "", error);
  });
}

/**
 * Reads the text of a resources document.
 *
 * @param what the document in errors, such as its path
 * @throws TskataError `invalid-argument` with what is wrong, bounded in length
 */
export function readResources(text: string, what: string): { resources: LinuxResources; warnings: ValidationIssue[] } {
  const { value, warnings } = readDocument(text, what, matchesResources, validateResources);
  return { resources: value as LinuxResources, warnings };
}
