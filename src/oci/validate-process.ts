import { checkProcess } from "./checks/check-process.js";
import { checkStrings } from "./checks/check-strings.js";
import { matchesProcess } from "./gen/validators.js";
import type { Process } from "./process.js";
import { readDocument } from "./read-document.js";
import { collectIssues } from "./validation/collect-issues.js";
import { describeValue } from "./validation/describe-value.js";
import type { ValidationIssue } from "./validation/issue.js";

/**
 * Validates a parsed process.json, as `exec` takes it: a process object of
 * config.json that has arguments.
 *
 * @returns at most 100 errors and 100 warnings
 */
export function validateProcess(value: unknown): ValidationIssue[] {
  return collectIssues(matchesProcess, value, (error, warning) => {
    const process = value as Process;
    checkStrings(process, error);
    checkProcess(process, "", error, warning);
    if ((process.args ?? []).length === 0) error("args", describeValue(process.args), "a program to run");
  });
}

/**
 * Reads the text of a process.json.
 *
 * @param what the document in errors, such as its path
 * @throws TskataError `invalid-argument` with what is wrong, bounded in length
 */
export function readProcess(text: string, what: string): { process: Process; warnings: ValidationIssue[] } {
  const { value, warnings } = readDocument(text, what, matchesProcess, validateProcess);
  return { process: value as Process, warnings };
}
