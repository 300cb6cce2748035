import type { CaseResult, Outcome } from "./case-result.js";

const LINE = /^(?<not>not )?ok\b(?: +\d+)?(?: +-)? *(?<rest>.*)$/;
const SKIP = /# *skip\b/i;
/** Directives, and the durations that some writers add. */
const DIRECTIVE = / *#.*$/;

/**
 * The cases in the TAP that a file of tests wrote. A line that a program under
 * test wrote in between is left out.
 *
 * @param ownName the name of the program under test, which cases may carry, and what stands in its place
 */
export function parseTap(file: string, text: string, ownName?: readonly [name: string, instead: string]): CaseResult[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const { not, rest = "" } = match.groups ?? {};
    const bare = rest.replace(DIRECTIVE, "").trim();
    const name = ownName === undefined ? bare : bare.replaceAll(...ownName);
    const outcome: Outcome = SKIP.test(rest) ? "skip" : not === undefined ? "pass" : "fail";
    return name === "" ? [] : [{ file, name, outcome }];
  });
}
