import type { LogSink } from "../../common/log.js";
import { stringifyJson } from "../../oci/stringify-json.js";
import { formatIssue, type ValidationIssue } from "../../oci/validation/issue.js";
import { readProcess } from "../../oci/validate-process.js";
import { readResources } from "../../oci/validate-resources.js";

/** What is asked, for the errors' text, and who hears of what is odd. */
export interface Asked {
  readonly what: string;
  readonly log: LogSink;
}

/**
 * Checks a runtime-spec `process` object, and gives it in its normal form.
 *
 * @throws TskataError `invalid-argument` with what is wrong
 */
export function checkedProcess(text: string, terminal: boolean, { what, log }: Asked): string {
  const { process, warnings } = readProcess(text, what);
  warn(warnings, { what, log });
  return stringifyJson({ ...process, terminal });
}

/**
 * Checks a runtime-spec `linux.resources` object, and gives it in its normal form.
 *
 * @throws TskataError `invalid-argument` with what is wrong
 */
export function checkedResources(text: string, { what, log }: Asked): string {
  const { resources, warnings } = readResources(text, what);
  warn(warnings, { what, log });
  return stringifyJson(resources);
}

function warn(warnings: readonly ValidationIssue[], { what, log }: Asked): void {
  for (const warning of warnings) log.warning(`${what}: ${formatIssue(warning)}`);
}
