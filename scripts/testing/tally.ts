import type { Parser } from "tap-parser";
import { watchTests } from "../../src/common/report/tap-tests.js";

/** A test that did not just pass. */
export interface TestNote {
  /** Names from the outermost test to this one, joined by ` > `. */
  readonly name: string;
  /** What failed, with tap's diagnostics, or why it was skipped. */
  readonly detail: unknown;
}

/** What the TAP output of one file said. */
export interface Tally {
  passed: number;
  readonly failed: TestNote[];
  readonly skipped: TestNote[];
}

/**
 * Counts the tests in a TAP stream, see `watchTests()`.
 *
 * @param parser before it is written to
 * @returns the tally, complete once the parser is
 */
export function tallyTests(parser: Parser): Tally {
  const tally: Tally = { passed: 0, failed: [], skipped: [] };
  watchTests(parser, ({ names, outcome, detail }) => {
    const note = { name: names.length === 0 ? "the whole file" : names.join(" > "), detail };
    if (outcome === "passed") tally.passed += 1;
    else tally[outcome].push(note);
  });
  return tally;
}
