import { TskataError } from "../../common/error.js";

/** Something in a document that is wrong, or that its author should know. */
export interface ValidationIssue {
  /** A warning doesn't keep the document from being used. */
  readonly severity: "error" | "warning";
  /** Such as `linux.devices[3].type`; empty for the document itself. */
  readonly path: string;
  /** The value there, abbreviated, or what it is. */
  readonly found: string;
  readonly expected: string;
  /** The known name that was probably meant. */
  readonly hint?: string;
}

/** Notes an error at a path, with the value found there or a phrase in its place. */
export type ReportIssue = (path: string, found: string, expected: string) => void;

const MAX_REPORTED = 10;
const MAX_TEXT = 2000;

/** What runc says of a member that is wrong: scripts look for it. */
const RUNC_WORDS: ReadonlyMap<string, string> = new Map([
  ["linux.memoryPolicy.mode", "invalid memory policy mode"],
  ["linux.memoryPolicy.flags", "invalid memory policy flag"],
  ["linux.memoryPolicy.nodes", "invalid memory policy node"],
]);

/** One issue as one line. */
export function formatIssue({ path, found, expected, hint }: ValidationIssue): string {
  const words = RUNC_WORDS.get(path.replace(/\[\d+\]$/, ""));
  const where = `${path === "" ? "the document" : path}${words === undefined ? "" : `: ${words}`}`;
  return `${where}: found ${found}, expected ${expected}${hint === undefined ? "" : ` (did you mean "${hint}"?)`}`;
}

/**
 * Passes warnings on and throws where there are errors.
 *
 * @param what the document, such as its path
 * @returns the warnings
 * @throws TskataError `invalid-argument` that lists the errors, on one line of at most about 2,000 characters
 */
export function throwOnErrors(what: string, issues: readonly ValidationIssue[]): ValidationIssue[] {
  const errors = issues.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return [...issues];
  let text = errors.slice(0, MAX_REPORTED).map(formatIssue).join("; ");
  if (text.length > MAX_TEXT) text = `${text.slice(0, MAX_TEXT)}...`;
  if (errors.length > MAX_REPORTED) text += `; and ${errors.length - MAX_REPORTED} more`;
  throw new TskataError("invalid-argument", `${what}: ${text}`);
}
