import t from "tap";
import { caseId, countOutcomes } from "../conformance/case-result.js";
import { keptPasses, missing, reasonFor, regressions } from "../conformance/expectations.js";
import { parseTap } from "../conformance/parse-tap.js";
import { parseContest } from "../conformance/suites/contest.js";

const TAP = `1..5
ok 1 tskata run [mount with # in its name]
not ok 2 - second # 0.004s
# a comment
not okay, says a program
ok 3 - third #SKIP requires root # 0.1s
ok 4 fourth # skip test requires cgroups_v2
`;

t.test("parseTap() reads the cases of bats and of crun's tests", async (t) => {
  t.same(parseTap("f", TAP, ["tskata", "runc"]), [
    { file: "f", name: "runc run [mount with", outcome: "pass" },
    { file: "f", name: "second", outcome: "fail" },
    { file: "f", name: "third", outcome: "skip" },
    { file: "f", name: "fourth", outcome: "skip" },
  ]);
});

t.test("parseContest() reads what youki's contest prints, and takes silence for a failure", async (t) => {
  const text = "# Start group g\n1 / 3 : one : ok\n2 / 3 : t : w : not ok\n\tbecause\n3 / 3 : three : skipped\n\tno\n";
  t.same(parseContest("g", text), [
    { file: "g", name: "one", outcome: "pass" },
    { file: "g", name: "t : w", outcome: "fail" },
    { file: "g", name: "three", outcome: "skip" },
  ]);
  t.same(parseContest("g", "thread panicked\n"), [{ file: "g", name: "the group", outcome: "fail" }]);
});

t.test("regressions() are the cases that must pass, ran and didn't", async (t) => {
  const results = parseTap("f", TAP);
  t.same(countOutcomes(results), { pass: 1, fail: 1, skip: 2 });
  t.same(results.map(caseId).slice(1, 3), ["f::second", "f::third"]);
  t.same(regressions({ pass: ["f::second", "f::third", "g::other"], never: {} }, results), ["f::second", "f::third"]);
  t.same(regressions(undefined, results), []);
  t.same(missing({ pass: ["f::second", "g::other"], never: {} }, results), ["g::other"]);
  t.same(missing(undefined, results), []);
  t.equal(keptPasses({ pass: [caseId({ file: "f", name: "fourth" }), ...results.map(caseId)], never: {} }, results), 1);
});

t.test("reasonFor() knows cases, and files as a whole", async (t) => {
  const expectation = { pass: [], never: { "f::a": "no host", g: "no kernel" } };
  t.same(
    ["f::a", "f::b", "g::c"].map((id) => reasonFor(expectation, id)),
    ["no host", undefined, "no kernel"],
  );
  t.equal(reasonFor(undefined, "f::a"), undefined);
});
