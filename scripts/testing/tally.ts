import type { Parser, Result } from "tap-parser";

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

/** One level of a TAP stream: a file or a subtest. */
interface Level {
  readonly parser: Parser;
  readonly children: Level[];
  /** Assertions of the level itself. */
  readonly direct: Result[];
  /** The line in the parent that sums the level up. */
  closing?: Result;
}

/**
 * Counts the tests in a TAP stream. A test is a subtest without subtests of
 * its own; in a file without any, each assertion is one. A failed assertion
 * beside subtests counts as a failed test; what is marked todo, as skipped.
 *
 * @param parser before it is written to
 * @returns gives the tally once the parser has completed
 */
export function tallyTests(parser: Parser): () => Tally {
  const file = watch(parser);
  return () => {
    const tally: Tally = { passed: 0, failed: [], skipped: [] };
    if (file.children.length === 0) for (const result of file.direct) countAssertion(result, [], tally, true);
    else countLevel(file, [], tally);
    const { results } = parser;
    if (results?.plan.skipAll === true) tally.skipped.push({ name: "the whole file", detail: results.plan.skipReason });
    else if (results?.ok !== true && tally.failed.length === 0) tally.failed.push(brokenLevel(file, []));
    return tally;
  };
}

function watch(parser: Parser): Level {
  const level: Level = { parser, children: [], direct: [] };
  parser.on("child", (child: Parser) => level.children.push(watch(child)));
  parser.on("assert", (result: Result) => {
    const child = level.children.at(-1);
    if (result.closingTestPoint && child !== undefined && child.closing === undefined) child.closing = result;
    else level.direct.push(result);
  });
  return level;
}

function countLevel(level: Level, names: readonly string[], tally: Tally): void {
  for (const result of level.direct) countAssertion(result, names, tally, false);
  const failedBefore = tally.failed.length;
  for (const child of level.children) {
    const childNames = [...names, child.closing?.name ?? child.parser.name];
    if (child.children.length > 0) countLevel(child, childNames, tally);
    else countTest(child, childNames, tally);
  }
  const { closing } = level;
  if (closing?.ok === false && tally.failed.length === failedBefore) tally.failed.push(brokenLevel(level, names));
}

function countTest(test: Level, names: readonly string[], tally: Tally): void {
  const { closing, parser } = test;
  const name = names.join(" > ");
  const skipped = [...(closing === undefined ? [] : [closing]), ...test.direct].find(isLeftOut);
  if (parser.results?.plan.skipAll === true) tally.skipped.push({ name, detail: parser.results.plan.skipReason });
  else if (skipped !== undefined) tally.skipped.push({ name, detail: skipped.skip || skipped.todo });
  else if (parser.results?.ok === true && closing?.ok !== false) tally.passed += 1;
  else tally.failed.push(brokenLevel(test, names));
}

function countAssertion(result: Result, names: readonly string[], tally: Tally, countPasses: boolean): void {
  const name = [...names, result.name].join(" > ");
  if (isLeftOut(result)) tally.skipped.push({ name, detail: result.skip || result.todo });
  else if (!result.ok) tally.failed.push({ name, detail: result.diag });
  else if (countPasses) tally.passed += 1;
}

function isLeftOut(result: Result): boolean {
  return result.skip !== false || result.todo !== false;
}

/** The failure of a level, by its first failed assertion or by what is wrong with its TAP. */
function brokenLevel(level: Level, names: readonly string[]): TestNote {
  const failed = level.direct.find((result) => !result.ok);
  const faults = (level.parser.results?.failures ?? []).map((failure) => failure.tapError).filter(Boolean);
  const detail =
    failed === undefined
      ? (level.closing?.diag ?? (faults.length > 0 ? faults.join("; ") : "ended without a result"))
      : { assertion: failed.name, ...(failed.diag as Record<string, unknown> | null) };
  return { name: names.join(" > "), detail };
}
