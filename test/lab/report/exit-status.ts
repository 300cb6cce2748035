import t from "tap";
import { exitStatus } from "../../../src/lab/report/exit-status.js";
import { GOOD_HOST, GOOD_REPORT, GOOD_ROW, mixedReport } from "./fixtures/example-report.js";

t.test("exitStatus() is 0 where tests passed and nothing failed", async (t) => {
  const skipped = { group: "g", name: "n", outcome: "skipped", durationMs: 0 } as const;
  const absent = { ...GOOD_ROW, absent: "no Xen", tests: [] };
  const rows = [{ ...GOOD_ROW, tests: [...GOOD_ROW.tests, skipped] }, absent];
  t.equal(exitStatus({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, rows }] }), 0);
});

t.test("exitStatus() is 1 where a test or a host failed, or nothing passed", async (t) => {
  t.equal(exitStatus(mixedReport("exec")), 1);
  t.equal(exitStatus({ ...GOOD_REPORT, hosts: [GOOD_HOST, { ...GOOD_HOST, failure: "lost" }] }), 1);
  t.equal(exitStatus({ ...GOOD_REPORT, hosts: [] }), 1);
  t.equal(exitStatus({ ...GOOD_REPORT, hosts: [{ ...GOOD_HOST, rows: [{ ...GOOD_ROW, tests: [] }] }] }), 1);
});
