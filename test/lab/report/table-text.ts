import t from "tap";
import type { TestReport } from "../../../src/lab/report/lab-report.js";
import { tableText } from "../../../src/lab/report/table-text.js";
import { GOOD_HOST, GOOD_REPORT, GOOD_ROW, HOSTILE, mixedReport } from "./fixtures/example-report.js";

const MIXED_REPORT = mixedReport(HOSTILE);

function longest(text: string): number {
  return Math.max(...text.split("\n").map((line) => [...line].length));
}

t.test("tableText() has rows, figures, failures and absences", async (t) => {
  t.equal(
    tableText(mixedReport("exec")),
    [
      "tskata 1.2.3, 2026-02-03T04:05:06.000Z: 3 passed, 2 failed, 1 skipped; 1 of 2 hosts failed",
      "",
      "passed/failed/skipped    contract  smoke        time",
      "root@lab1:22                              1 min 20 s",
      "  qemu/kvm + vsock          2/0/0  1/0/0      12.3 s",
      "  qemu/tcg + serial         0/1/1  0/1/0   1 min 5 s",
      "  xen pv                        -      -      absent",
      "nested kvm                                    FAILED",
      "",
      "measured                           median  least to most  values",
      "boot to agent (ms)",
      "  root@lab1:22, qemu/kvm + vsock      321     301 to 350       3",
      "  root@lab1:22, qemu/tcg + serial    1800              -       1",
      "read (MB/s)",
      "  root@lab1:22, qemu/kvm + vsock     1234              -       1",
      "",
      "failed",
      "  nested kvm",
      "      can't connect: connection refused",
      "      after 3 tries",
      "  root@lab1:22, qemu/tcg + serial: contract > boots",
      "      assertion: it is <up>",
      "        at: here",
      "  root@lab1:22, qemu/tcg + serial: smoke > exec",
      "      exec",
      "      second line",
      "",
      "absent",
      "  root@lab1:22, xen pv: this is no Xen dom0",
      "",
    ].join("\n"),
  );
});

t.test("tableText() of a report in which all is well ends with the figures", async (t) => {
  const text = tableText(GOOD_REPORT);
  t.match(text, /^tskata 1\.2\.3, 2026-02-03T04:05:06\.000Z: 3 passed, 0 failed, 0 skipped\n/);
  t.notMatch(text, /^(failed|absent)$/m);
  t.ok(text.endsWith("\n") && !text.endsWith("\n\n"));
});

t.test("tableText() fits the columns, whatever it is given", async (t) => {
  const long = "a-word-without-end".repeat(30);
  const tests: TestReport[] = Array.from({ length: 40 }, (_, index) => ({
    group: `${long}${index % 12}`,
    name: `${index} ${long}`,
    outcome: "failed",
    durationMs: 1,
    detail: `${long} ${long}\n    ${"some words ".repeat(40)}`,
  }));
  const measurements = [{ name: long, unit: long, values: [1e20, 0.001] }];
  const row = { name: long, tests, measurements, durationMs: 1e9 };
  const absent = { ...GOOD_ROW, tests: [], absent: long };
  const host = { name: `${long} ${HOSTILE}`, facts: {}, failure: long, rows: [row, absent], durationMs: 1 };
  const report = { ...MIXED_REPORT, version: long, hosts: [...MIXED_REPORT.hosts, host] };
  t.equal(longest(tableText(report)), 100);
  t.equal(longest(tableText(report, { columns: 80 })), 80);
  t.ok(longest(tableText(report, { columns: 10 })) <= 60, "which is the least");
});

t.test("tableText() has all groups where they don't fit beside each other", async (t) => {
  const groups = Array.from({ length: 9 }, (_, index) => `group number ${index}`);
  const tests = groups.map((group) => ({ group, name: "a", outcome: "passed", durationMs: 1 }) as const);
  const rows = [{ ...GOOD_ROW, tests }];
  const text = tableText({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, rows }] });
  for (const group of groups) t.match(text, group);
  t.equal(text.match(/^passed\/failed\/skipped/gm)?.length, 3);
  t.equal(text.match(/1\/0\/0/g)?.length, 9);
});

t.test("tableText() passes on no control character", async (t) => {
  const text = tableText(MIXED_REPORT);
  t.match(text, 'smoke > </td><script>alert("1")</script>&amp;\'red');
  t.notMatch(text, /[^\P{Cc}\n]|\p{Cs}/u);
});

t.test("tableText() has colours where asked for, which change nothing else", async (t) => {
  const text = tableText(MIXED_REPORT, { colours: true });
  t.match(text, "\u001b[32m1/0/0\u001b[39m");
  t.match(text, "\u001b[31m0/1/1\u001b[39m");
  t.match(text, "\u001b[31mFAILED\u001b[39m");
  // oxlint-disable-next-line no-control-regex
  t.equal(text.replaceAll(/\u001b\[\d+m/g, ""), tableText(MIXED_REPORT));
});

t.test("tableText() cuts a long detail and says so", async (t) => {
  const detail = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
  const tests = [{ group: "g", name: "n", outcome: "failed", durationMs: 1, detail } as const];
  const hosts = [{ ...GOOD_HOST, rows: [{ ...GOOD_ROW, tests }] }];
  const text = tableText({ ...GOOD_REPORT, hosts });
  t.match(text, "      line 39\n      ... 60 more lines\n");
  t.notMatch(text, "line 40");
});

t.test("tableText() can be written of a report without hosts", async (t) => {
  t.match(tableText({ ...GOOD_REPORT, hosts: [] }), "0 passed, 0 failed, 0 skipped");
});
