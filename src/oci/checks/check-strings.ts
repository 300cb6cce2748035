import { describeValue } from "../validation/describe-value.js";
import type { ReportIssue } from "../validation/issue.js";
import { memberPath } from "../validation/json-path.js";

/**
 * Reports strings and names with a NUL character: they can't be paths,
 * arguments or variables, where C would end at it.
 */
export function checkStrings(document: unknown, error: ReportIssue): void {
  // Nearly every document has none, and needs no paths built.
  if (holdsNul(document)) reportStrings(document, "", error);
}

function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsNul);
  return Object.keys(value).some((name) => name.includes("\0")) || Object.values(value).some(holdsNul);
}

function reportStrings(value: unknown, path: string, error: ReportIssue): void {
  if (typeof value === "string") {
    if (value.includes("\0")) error(path, describeValue(value), "no NUL character");
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) reportStrings(item, `${path}[${index}]`, error);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const inner = memberPath(path, name);
      if (name.includes("\0")) error(inner, "a name with a NUL character", "none");
      reportStrings(member, inner, error);
    }
  }
}
