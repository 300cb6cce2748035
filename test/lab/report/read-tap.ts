import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { TestReport } from "../../../src/lab/report/lab-report.js";
import { readTap, type TapOutcome } from "../../../src/lab/report/read-tap.js";

const RECORDED = readFileSync(join(import.meta.dirname, "fixtures/tap-21.tap"));

/** Reads TAP in pieces of some size. */
function read(tap: string | Buffer, ended?: string, size = 1000): TapOutcome {
  const told: TestReport[] = [];
  const reading = readTap((test) => told.push(test));
  const bytes = Buffer.from(tap);
  for (let start = 0; start < bytes.length; start += size) reading.write(bytes.subarray(start, start + size));
  const outcome = reading.end(ended);
  t.strictSame(told, outcome.tests, "each test was told once, in order");
  return outcome;
}

function lines(...text: string[]): string {
  return ["TAP version 14", ...text, ""].join("\n");
}

function summary({ tests }: TapOutcome): string[] {
  return tests.map(({ group, name, outcome }) => `${outcome}: ${group}: ${name}`);
}

t.test("readTap() reads what tap prints", async (t) => {
  const outcome = read(RECORDED, "ended with status 1");
  t.strictSame(summary(outcome), [
    "passed: contract: boots and says hello",
    "failed: contract: powers off",
    "skipped: contract: pauses",
    "failed: contract: a #1 \\ throws",
    "passed: contract: devices > disk",
    "skipped: contract: devices > card",
    "skipped: contract: vsock",
    "passed: smoke: run",
    "skipped: smoke: exec",
    "skipped: smoke: nothing",
    "passed: alone: alone",
  ]);
  const [first, second, third, fourth] = outcome.tests;
  t.equal(first?.durationMs, 3.755);
  t.notOk(first?.detail);
  t.match(second?.detail, /^assertion: the VM is gone\n[^]*diff: --- expected\n[^]*\+1/);
  t.equal(third?.detail, "this driver can't pause: no capability");
  t.equal(third?.durationMs, 0);
  t.match(fourth?.detail, /^assertion: no such <device> & more\n[^]*type: TypeError/);
  t.strictSame(outcome.measurements, [
    { name: "boot to agent", unit: "ms", values: [123.4, 99] },
    { name: "read", unit: "MB/s", values: [250] },
  ]);
});

t.test("readTap() reads the same in pieces of any size", async (t) => {
  const whole = read(RECORDED);
  for (const size of [1, 2, 3, 7, 64, 4096]) t.strictSame(read(RECORDED, undefined, size), whole, `${size} bytes`);
});

t.test("readTap() tells a test before the next one has ended", async (t) => {
  const told: string[] = [];
  const reading = readTap(({ name }) => told.push(name));
  reading.write(Buffer.from(lines("# Subtest: a", "    # Subtest: b", "        ok 1", "        1..1", "    ok 1 - b")));
  t.strictSame(told, ["b"]);
  reading.end();
});

t.test("readTap() has a failed test for output that ends early, wherever that is", async (t) => {
  const passed = new Set(summary(read(RECORDED)).filter((line) => line.startsWith("passed")));
  const complete = RECORDED.lastIndexOf("1..3\n") + 4;
  for (let end = 0; end <= complete; end += end < complete - 10 ? 5 : 1) {
    const { tests } = read(RECORDED.subarray(0, end), "killed by SIGKILL");
    const unknown = summary({ tests, measurements: [] }).filter(
      (line) => line.startsWith("passed") && !passed.has(line),
    );
    t.strictSame(unknown, [], "nothing passes that isn't whole");
    t.match(tests.at(-1), {
      group: "process",
      name: "runs to its end",
      outcome: "failed",
      detail: /killed by SIGKILL$/,
    });
  }
});

t.test("readTap() says why it takes output as incomplete", async (t) => {
  const detail = (tap: string, ended?: string): string | undefined => read(tap, ended).tests.at(-1)?.detail;
  t.equal(detail(""), "its output ends before its first test does");
  t.equal(detail(lines("ok 1 - a", "ok 2 - b")), "its output ends without a plan, after 2 of its tests");
  t.equal(
    detail(lines("1..3", "ok 1 - a"), "the connection is lost"),
    "its output has 1 of 3 planned tests; the connection is lost",
  );
  t.equal(detail(lines("# Subtest: a", "    ok 1", "    Bail out! no disk")), "bail out: no disk");
  t.equal(detail(lines("ok 1 - a", "Bail out!")), "bail out");
});

t.test("readTap() tells of a process that didn't end well where no test failed", async (t) => {
  t.strictSame(summary(read(lines("ok 1 - a", "1..1"), "ended with status 3")), [
    "passed: a: a",
    "failed: process: runs to its end",
  ]);
  t.strictSame(summary(read(lines("not ok 1 - a", "1..1"), "ended with status 1")), ["failed: a: a"]);
  t.strictSame(summary(read(lines("ok 1 - a", "ok 1 - a", "1..2"))), [
    "passed: a: a",
    "passed: a: a",
    "failed: process: runs to its end",
  ]);
});

t.test("readTap() has a skipped test for a process that skips all", async (t) => {
  t.match(read(lines("1..0 # SKIP no root")).tests, [
    { group: "process", name: "has tests", outcome: "skipped", detail: /no root/ },
  ]);
});

t.test("readTap() passes over what is no TAP, and colours", async (t) => {
  const outcome = read(
    lines(
      "Warning: something else",
      "# Subtest: \u001b[32mcontract\u001b[39m",
      "printed by a child",
      "    # Subtest: boots",
      "        ok 1",
      "\u0000\u0001\u0002 { } ---",
      '        # measured {"name":"boot","unit":"ms","value":5}',
      "        1..1",
      "\u001b[31m    ok 1 - boots\u001b[39m # time=7ms",
      `${" ".repeat(60_000)}ok 1 - far too deep`,
      "    1..1",
      "ok 1 - contract",
      "1..1",
    ).replaceAll("\n", "\r\n"),
  );
  t.strictSame(outcome, {
    tests: [{ group: "contract", name: "boots", outcome: "passed", durationMs: 7 }],
    measurements: [{ name: "boot", unit: "ms", values: [5] }],
  });
});

t.test("readTap() bounds names, details and lines", async (t) => {
  const { tests } = read(
    lines(
      `ok 1 - ${"n".repeat(200_000)}`,
      "not ok 2 - b",
      "  ---",
      "  stack: |",
      ...Array.from({ length: 2000 }, () => `    ${"d".repeat(50)}`),
      "  ...",
      "1..2",
    ),
  );
  t.equal(tests[0]?.name.length, 500);
  t.match(tests[1]?.detail, /^stack: d+\n[^]*\n\.\.\. \d+ more characters$/);
  t.ok((tests[1]?.detail?.length ?? 0) < 17_000);
});

t.test("readTap() leaves no escape sequence in names and details", async (t) => {
  const { tests } = read(
    lines("not ok 1 - a\u009b31m!\u0007b", "  ---", '  why: "\\e[31mred\\0\\x07"', "  ...", "1..1"),
  );
  t.match(tests, [{ name: "a!\ufffdb", detail: "why: red\ufffd\ufffd" }]);
});

t.test("readTap() takes a faulty measurement as a failed test", async (t) => {
  const faulty = [
    "",
    "{",
    "[]",
    '{"name":"a","unit":"ms"}',
    '{"name":"a","unit":"ms","value":"5"}',
    '{"name":"","unit":"ms","value":5}',
  ];
  for (const json of faulty) {
    const { tests, measurements } = read(lines(`# measured ${json}`, "ok 1 - a", "1..1"));
    t.match(tests[0], { group: "measurements", name: "are understood", outcome: "failed", detail: `found ${json}` });
    t.strictSame(measurements, []);
  }
  const other = read(lines("# measuredly something", "# it was measured", "ok 1 - a", "1..1"));
  t.strictSame(summary(other), ["passed: a: a"]);
});

t.test("readTap() keeps values of another unit apart", async (t) => {
  const comment = (unit: string, value: number): string => `# measured {"name":"a","unit":"${unit}","value":${value}}`;
  const { measurements } = read(lines(comment("ms", 1), comment("s", 2), comment("ms", 3), "ok 1 - a", "1..1"));
  t.strictSame(measurements, [
    { name: "a", unit: "ms", values: [1, 3] },
    { name: "a", unit: "s", values: [2] },
  ]);
});

t.test("readTap() stops reading after 64 MiB", async (t) => {
  const reading = readTap(() => undefined);
  reading.write(Buffer.from(lines("ok 1 - a")));
  const megabyte = Buffer.from(`${"x".repeat(1024 ** 2 - 1)}\n`);
  for (let count = 0; count < 65; count += 1) reading.write(megabyte);
  reading.write(Buffer.from("not ok 2 - b\n1..2\n"));
  t.match(reading.end().tests, [{ name: "a" }, { name: "runs to its end", detail: /^more than 64 MiB of output/ }]);
});
