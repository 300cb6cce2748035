import t from "tap";
import { Parser } from "tap-parser";
import { tallyTests, type Tally } from "../../../scripts/testing/tally.js";

function tally(tap: string): Tally {
  const parser = new Parser();
  const result = tallyTests(parser);
  parser.end(tap);
  return result;
}

t.test("tallyTests() counts the innermost subtests", async (t) => {
  const tap = [
    "TAP version 14",
    "# Subtest: outer",
    "    # Subtest: one",
    "        ok 1 - a",
    "        ok 2 - b",
    "        1..2",
    "    ok 1 - one",
    "    # Subtest: two",
    "        not ok 1 - c",
    "          ---",
    "          at: here",
    "          ...",
    "        1..1",
    "    not ok 2 - two",
    "    1..2",
    "not ok 1 - outer",
    "# Subtest: three",
    "    ok 1 - d",
    "    1..1",
    "ok 2 - three",
    "1..2",
  ].join("\n");
  const { passed, failed, skipped } = tally(tap);
  t.equal(passed, 2);
  t.strictSame(failed, [{ name: "outer > two", detail: { assertion: "c", at: "here" } }]);
  t.strictSame(skipped, []);
});

t.test("tallyTests() counts the assertions of a file without subtests", async (t) => {
  const { passed, failed } = tally("TAP version 14\nok 1 - a\nnot ok 2 - b\n1..2\n");
  t.equal(passed, 1);
  t.match(failed, [{ name: "b" }]);
});

t.test("tallyTests() finds skipped subtests, skipped assertions, todos and skipped files", async (t) => {
  const tap = [
    "TAP version 14",
    "ok 1 - no KVM # SKIP no /dev/kvm",
    "# Subtest: half",
    "    ok 1 - a",
    "    ok 2 - b # SKIP later",
    "    1..2",
    "ok 2 - half",
    "not ok 3 - unwritten # TODO",
    "# Subtest: nothing",
    "    1..0 # SKIP no root",
    "ok 4 - nothing # SKIP no root",
    "1..4",
  ].join("\n");
  const result = tally(tap);
  t.equal(result.passed, 0);
  t.strictSame(result.failed, []);
  t.strictSame(
    result.skipped.map(({ name }) => name),
    ["no KVM", "half", "unwritten", "nothing"],
  );
  t.match(tally("TAP version 14\n1..0 # SKIP not here\n").skipped, [{ name: "the whole file", detail: /not here/ }]);
});

t.test("tallyTests() takes output that stops half-way as a failure", async (t) => {
  const cut = tally("TAP version 14\n# Subtest: one\n    ok 1 - a\n    1..1\nok 1 - one\n1..2\n");
  t.equal(cut.passed, 1);
  t.equal(cut.failed.length, 1);
  t.match(tally(""), { passed: 0, failed: [], skipped: [] });
});
