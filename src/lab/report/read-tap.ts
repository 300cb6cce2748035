import { Parser } from "tap-parser";
import { detailText } from "../../common/report/detail-text.js";
import { type TapTest, watchTests } from "../../common/report/tap-tests.js";
import type { Measurement, TestReport } from "./lab-report.js";
import { type MeasuredValue, readMeasured } from "./measured-comment.js";
import { plainLine, plainText } from "./plain-text.js";
import { TapLines } from "./tap-lines.js";

/** What the TAP of a row's process said. */
export interface TapOutcome {
  readonly tests: readonly TestReport[];
  readonly measurements: readonly Measurement[];
}

/** TAP that is being read. */
export interface TapReading {
  /** Takes what the process has written. */
  write(bytes: Uint8Array): void;
  /**
   * Takes the end of it, once.
   *
   * @param ended how the process ended, where that wasn't well: `ended with
   *   status 1`, `killed by SIGKILL`, `the connection is lost`
   */
  end(ended?: string): TapOutcome;
}

const MAX_BYTES = 64 * 1024 ** 2;
const MAX_NAME_LENGTH = 500;
const MAX_DETAIL_LENGTH = 16 * 1024;

/**
 * Reads the TAP of a row's process as it comes. A test is a subtest without
 * subtests of its own, see `watchTests()`; its group is the outermost subtest.
 * Comments `# measured {"name":"boot to agent","unit":"ms","value":123.4}`,
 * anywhere, are measurements, and a faulty one is a failed test.
 *
 * Where the output ends before it should (the process was killed, a test
 * bailed out), or is longer than 64 MiB, the test `process > runs to its end`
 * has failed; it has failed as well where nothing else did and the process
 * didn't end well.
 *
 * @param onTest is called with each test as soon as its outcome is known
 */
export function readTap(onTest: (test: TestReport) => void): TapReading {
  const parser = new Parser();
  const lines = new TapLines();
  const tests: TestReport[] = [];
  const measured: MeasuredValue[] = [];
  let bytesRead = 0;
  let whole: TapTest | undefined;
  const add = (test: TestReport): void => {
    tests.push(test);
    onTest(test);
  };
  const fail = (group: string, name: string, detail: string): void =>
    add({ group, name, outcome: "failed", durationMs: 0, detail });
  watchTests(parser, (test) => {
    if (test.names.length === 0) whole = test;
    else add(testReport(test));
  });
  watchComments(parser, (comment) => {
    const value = readMeasured(comment);
    if (value === undefined) return;
    if ("fault" in value) fail("measurements", "are understood", value.fault);
    else measured.push(value);
  });
  return {
    write(bytes) {
      if (bytesRead <= MAX_BYTES) parser.write(lines.write(bytes));
      bytesRead += bytes.length;
    },
    end(ended) {
      parser.end();
      const early = bytesRead > MAX_BYTES ? "more than 64 MiB of output, the rest wasn't read" : earlyEnd(parser);
      const isBroken = early !== undefined || whole?.outcome === "failed";
      const hasFailed = tests.some(({ outcome }) => outcome === "failed");
      if (isBroken || (ended !== undefined && !hasFailed)) {
        const broken = early ?? (whole?.outcome === "failed" ? detailText(whole.detail) : undefined);
        fail("process", "runs to its end", bounded([broken, ended].filter((text) => text !== undefined).join("; ")));
      } else if (whole !== undefined) add({ ...testReport(whole), group: "process", name: "has tests" });
      return { tests, measurements: gathered(measured) };
    },
  };
}

/** Why a stream that is over isn't complete; undefined where it is. */
function earlyEnd(parser: Parser): string | undefined {
  const { results } = parser;
  if (results === null) return "its output has no end";
  if (results.bailout !== false) return results.bailout === true ? "bail out" : `bail out: ${results.bailout}`;
  const { start, end } = results.plan;
  if (parser.syntheticPlan) return "its output ends before its first test does";
  if (start === null || end === null) return `its output ends without a plan, after ${results.count} of its tests`;
  const planned = end - start + 1;
  return results.count === planned ? undefined : `its output has ${results.count} of ${planned} planned tests`;
}

function testReport({ names, outcome, detail, durationMs = 0 }: TapTest): TestReport {
  const [group = "", ...inner] = names.map((name) => plainLine(name).slice(0, MAX_NAME_LENGTH));
  const text = detailText(detail);
  const name = inner.length === 0 ? group : inner.join(" > ");
  return { group, name, outcome, durationMs, ...(text !== undefined && { detail: bounded(text) }) };
}

function bounded(detail: string): string {
  const text = plainText(detail);
  const more = text.length - MAX_DETAIL_LENGTH;
  return more > 0 ? `${text.slice(0, MAX_DETAIL_LENGTH)}\n... ${more} more characters` : text;
}

function watchComments(parser: Parser, onComment: (comment: string) => void): void {
  parser.on("comment", onComment);
  parser.on("child", (child: Parser) => watchComments(child, onComment));
}

/** One measurement for each name and unit, in the order of their first values. */
function gathered(measured: readonly MeasuredValue[]): Measurement[] {
  const byKey = new Map<string, { name: string; unit: string; values: number[] }>();
  for (const { name, unit, value } of measured) {
    const key = JSON.stringify([name, unit]);
    const measurement = byKey.get(key) ?? { name, unit, values: [] };
    byKey.set(key, measurement);
    measurement.values.push(value);
  }
  return [...byKey.values()];
}
