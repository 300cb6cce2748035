import t from "tap";
import { parseReport } from "../../../src/agent/kernel/launcher-report.js";

void t.test("every kind of report is read", (t) => {
  t.same(parseReport("pid 123"), { kind: "pid", pid: 123 });
  t.same(parseReport("barrier start"), { kind: "barrier", name: "start" });
  t.same(parseReport("barrier two words"), { kind: "barrier", name: "two words" });
  t.same(parseReport("started"), { kind: "started" });
  t.same(parseReport("exited 7"), { kind: "exited", status: 7 });
  t.same(parseReport("signaled 9"), { kind: "exited", status: 137 });
  t.same(parseReport("failed child 12 2 /no such file"), {
    kind: "failed",
    stage: "child",
    index: 12,
    errno: "ENOENT",
    detail: "/no such file",
  });
  t.end();
});

void t.test("escaped bytes are text again, UTF-8 too", (t) => {
  t.match(parseReport("failed before 0 22 a\\x0ab\\x5cc\\xc3\\xbc"), { detail: "a\nb\\cü" });
  t.end();
});

void t.test("a failure without a detail has an empty one, an unknown errno its number", (t) => {
  t.match(parseReport("failed clone 0 22 "), { detail: "", errno: "EINVAL" });
  t.match(parseReport("failed clone 0 9999 x"), { errno: "errno 9999" });
  t.end();
});

void t.test("what no launcher writes is no report", (t) => {
  for (const line of [
    "",
    "hello",
    "pid",
    "pid x",
    "pid -1",
    "exited",
    "signaled nine",
    "failed nowhere 1 2 x",
    "failed",
  ]) {
    t.equal(parseReport(line), undefined, line);
  }
  t.end();
});
