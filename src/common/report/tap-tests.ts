import type { Parser, Result } from "tap-parser";

/** A test of a TAP stream. */
export interface TapTest {
  /** From the outermost test to this one; none for the stream as a whole. */
  readonly names: readonly string[];
  readonly outcome: "passed" | "failed" | "skipped";
  /** What failed, with tap's diagnostics, or why it was skipped. */
  readonly detail?: unknown;
  /** As tap has measured it, where it has. */
  readonly durationMs?: number;
}

type Tell = (test: TapTest) => void;

/** One level of a TAP stream: the whole of it or a subtest. */
interface Level {
  readonly parser: Parser;
  /** Names of the levels from the outermost to this one. */
  readonly names: readonly string[];
  readonly children: Level[];
  /** Assertions of the level itself. */
  readonly direct: Result[];
  /** Takes the level's own tests and those below. */
  readonly tell: Tell;
  hasFailed: boolean;
  isThrough: boolean;
}

/**
 * Finds the tests in a TAP stream, in the order in which they end. A test is
 * a subtest without subtests of its own; in a stream without any, each
 * assertion is one. A failed assertion beside subtests is a failed test, and
 * so is a level that fails, or isn't closed, for no other reason. What is
 * marked todo is skipped.
 *
 * @param parser before it is written to
 * @param onTest is called as soon as the outcome of a test is known, and at
 *   the latest while the parser completes
 */
export function watchTests(parser: Parser, onTest: Tell): void {
  const stream = watchLevel(parser, [], onTest);
  parser.on("complete", () => {
    const hasSubtests = stream.children.length > 0;
    if (!hasSubtests) for (const result of stream.direct) tellAssertion(stream, result, true);
    const { results } = parser;
    if (results?.plan.skipAll === true && !hasSubtests) {
      onTest({ names: [], outcome: "skipped", detail: results.plan.skipReason });
    } else if (results?.ok !== true && !stream.hasFailed) onTest(brokenLevel(stream, []));
  });
}

function watchLevel(parser: Parser, names: readonly string[], onTest: Tell): Level {
  const tell: Tell = (test) => {
    level.hasFailed ||= test.outcome === "failed";
    onTest(test);
  };
  const level: Level = { parser, names, children: [], direct: [], tell, hasFailed: false, isThrough: false };
  parser.on("child", (childParser: Parser) => {
    if (level.children.length === 0) for (const result of level.direct) tellAssertion(level, result, false);
    const child = watchLevel(childParser, [...names, unescaped(childParser.name)], tell);
    level.children.push(child);
    childParser.on("complete", () => {
      const closing = childParser.closingTestPoint;
      // else the closing line's diagnostics are waited for
      if (closing !== null && (closing.ok || reasonOf(child) !== undefined)) endLevel(child, tell);
    });
  });
  parser.on("assert", (result: Result) => {
    const child = level.children.at(-1);
    if (child !== undefined && child.parser.closingTestPoint === result) return endLevel(child, tell);
    level.direct.push(result);
    if (child !== undefined) tellAssertion(level, result, false);
  });
  parser.on("complete", () => {
    for (const child of level.children) endLevel(child, tell);
  });
  return level;
}

/** Tells a subtest, once. */
function endLevel(level: Level, tell: Tell): void {
  if (level.isThrough) return;
  level.isThrough = true;
  const closing = level.parser.closingTestPoint;
  const names = closing === null ? level.names : [...level.names.slice(0, -1), closing.name];
  if (level.children.length === 0) tell(leafTest(level, names));
  else if (closing?.ok !== true && !level.hasFailed) tell(brokenLevel(level, names));
}

/** The comment before a subtest has its name as it is escaped in TAP. */
function unescaped(name: string): string {
  return name.replaceAll(/\\([\\#])/g, "$1");
}

function leafTest(leaf: Level, names: readonly string[]): TapTest {
  const { closingTestPoint: closing, results } = leaf.parser;
  const time = durationOf(closing);
  if (closing !== null && isLeftOut(closing)) return { names, outcome: "skipped", detail: leftOutDetail(closing) };
  if (results?.ok !== true || closing?.ok !== true) return { ...brokenLevel(leaf, names), ...time };
  if (results.plan.skipAll) return { names, outcome: "skipped", detail: results.plan.skipReason, ...time };
  const leftOut = leaf.direct.find(isLeftOut);
  if (leftOut !== undefined) return { names, outcome: "skipped", detail: leftOutDetail(leftOut), ...time };
  return { names, outcome: "passed", ...time };
}

function tellAssertion(level: Level, result: Result, tellPasses: boolean): void {
  const names = [...level.names, result.name];
  if (isLeftOut(result)) level.tell({ names, outcome: "skipped", detail: leftOutDetail(result) });
  else if (!result.ok) level.tell({ names, outcome: "failed", detail: result.diag, ...durationOf(result) });
  else if (tellPasses) level.tell({ names, outcome: "passed", ...durationOf(result) });
}

function isLeftOut(result: Result): boolean {
  return result.skip !== false || result.todo !== false;
}

function leftOutDetail(result: Result): string | boolean {
  return result.skip || result.todo;
}

function durationOf(result: Result | null): { durationMs?: number } {
  return result === null || result.time === null ? {} : { durationMs: result.time };
}

function brokenLevel(level: Level, names: readonly string[]): TapTest {
  const detail = reasonOf(level) ?? level.parser.closingTestPoint?.diag ?? "ended without a result";
  return { names, outcome: "failed", detail };
}

/** Why a level failed: its first failed assertion, or what is wrong with its TAP. */
function reasonOf({ parser, direct }: Level): unknown {
  const failed = direct.find((result) => !result.ok && !isLeftOut(result));
  if (failed !== undefined) return { assertion: failed.name, ...(failed.diag as Record<string, unknown> | null) };
  const { results } = parser;
  if (results === null) return undefined;
  if (results.bailout !== false) return results.bailout === true ? "bail out" : `bail out: ${results.bailout}`;
  const faults = results.failures.map((failure) => failure.tapError).filter(Boolean);
  return faults.length > 0 ? faults.join("; ") : undefined;
}
