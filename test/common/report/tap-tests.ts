import t from "tap";
import { Parser } from "tap-parser";
import { type TapTest, watchTests } from "../../../src/common/report/tap-tests.js";

/** Takes TAP piece by piece; the tests known so far. */
function watched(): { readonly parser: Parser; readonly tests: TapTest[] } {
  const parser = new Parser();
  const tests: TapTest[] = [];
  watchTests(parser, (test) => tests.push(test));
  return { parser, tests };
}

t.test("watchTests() tells a test with the line that closes it", async (t) => {
  const { parser, tests } = watched();
  parser.write("TAP version 14\n# Subtest: outer\n    # Subtest: one\n        ok 1 - a\n        1..1\n");
  t.strictSame(tests, []);
  parser.write("    ok 1 - one # time=1.5ms\n");
  t.strictSame(tests, [{ names: ["outer", "one"], outcome: "passed", durationMs: 1.5 }]);
  parser.write(
    "    # Subtest: two\n        not ok 1 - b\n          ---\n          at: here\n          ...\n        1..1\n",
  );
  parser.write("    not ok 2 - two # time=2ms\n");
  t.strictSame(tests.slice(1), [
    { names: ["outer", "two"], outcome: "failed", detail: { assertion: "b", at: "here" }, durationMs: 2 },
  ]);
  parser.end("    1..2\nnot ok 1 - outer # time=4ms\n1..1\n");
  t.equal(tests.length, 2, "the levels around a failed test tell nothing more");
});

t.test("watchTests() waits for the reason that only the closing line has", async (t) => {
  const { parser, tests } = watched();
  parser.write("TAP version 14\n# Subtest: one\n    ok 1 - a\n    1..1\nnot ok 1 - one\n");
  t.strictSame(tests, []);
  parser.write("  ---\n  signal: SIGKILL\n  ...\n1..1\n");
  t.strictSame(tests, [{ names: ["one"], outcome: "failed", detail: { signal: "SIGKILL" } }]);
});

t.test("watchTests() has failed what has a failed assertion beside one that is left out", async (t) => {
  const { parser, tests } = watched();
  parser.end(
    "TAP version 14\n# Subtest: one\n    ok 1 - a # SKIP later\n    not ok 2 - b\n    1..2\nnot ok 1 - one\n1..1\n",
  );
  t.strictSame(tests, [{ names: ["one"], outcome: "failed", detail: { assertion: "b" } }]);
});

t.test("watchTests() tells assertions beside subtests where they didn't pass", async (t) => {
  const { parser, tests } = watched();
  parser.end(
    [
      "TAP version 14",
      "not ok 1 - before",
      "ok 2 - fine",
      "# Subtest: one",
      "    ok 1 - a",
      "    1..1",
      "ok 3 - one",
      "ok 4 - after # SKIP not here",
      "1..4\n",
    ].join("\n"),
  );
  t.strictSame(
    tests.map(({ names, outcome }) => [...names, outcome]),
    [
      ["before", "failed"],
      ["one", "passed"],
      ["after", "skipped"],
    ],
  );
});

t.test("watchTests() says that a test bailed out, and what is wrong with its TAP", async (t) => {
  const bailed = watched();
  bailed.parser.end("TAP version 14\n# Subtest: one\n    ok 1 - a\n    Bail out! no disk\n");
  t.strictSame(bailed.tests, [{ names: ["one"], outcome: "failed", detail: "bail out: no disk" }]);
  const cut = watched();
  cut.parser.end("TAP version 14\n# Subtest: one\n    ok 1 - a\n");
  t.strictSame(cut.tests, [{ names: ["one"], outcome: "failed", detail: "no plan" }]);
  const unclosed = watched();
  unclosed.parser.end("TAP version 14\n# Subtest: one\n    ok 1 - a\n    1..1\n");
  t.strictSame(unclosed.tests, [{ names: ["one"], outcome: "failed", detail: "ended without a result" }]);
  const unclosedGroup = watched();
  unclosedGroup.parser.end(
    "TAP version 14\n# Subtest: g\n    # Subtest: a\n        ok 1\n        1..1\n    ok 1 - a\n    1..1\n",
  );
  t.strictSame(unclosedGroup.tests, [
    { names: ["g", "a"], outcome: "passed" },
    { names: ["g"], outcome: "failed", detail: "ended without a result" },
  ]);
  const short = watched();
  short.parser.end("TAP version 14\n# Subtest: one\n    ok 1 - a\n    1..1\nok 1 - one\n1..2\n");
  t.strictSame(short.tests, [
    { names: ["one"], outcome: "passed" },
    { names: [], outcome: "failed", detail: "incorrect number of tests" },
  ]);
});

t.test("watchTests() gives names without TAP's escapes", async (t) => {
  const { parser, tests } = watched();
  parser.end(
    [
      "TAP version 14",
      "# Subtest: a \\#1",
      "    # Subtest: b \\\\ c",
      "        ok 1",
      "        1..1",
      "    ok 1 - b \\\\ c",
      "    1..1",
      "ok 1 - a \\#1",
      "1..1\n",
    ].join("\n"),
  );
  t.strictSame(tests, [{ names: ["a #1", "b \\ c"], outcome: "passed" }]);
});

t.test("watchTests() takes a buffered subtest", async (t) => {
  const { parser, tests } = watched();
  parser.end("TAP version 14\nok 1 - one # time=5ms {\n    ok 1 - a\n    1..1\n}\n1..1\n");
  t.strictSame(tests, [{ names: ["one"], outcome: "passed", durationMs: 5 }]);
});
