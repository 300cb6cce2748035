import t from "tap";
import { hello, parseBootMarks, uptimeMs } from "../../../src/agent/operations/hello.js";
import { PROTOCOL_VERSION } from "../../../src/protocol/protocol-version.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

t.test("hello() gives the version, init's marks and its own, and its clock", async (t) => {
  const { sandbox } = standInSandbox(t);
  sandbox.listeningSinceMs = 30;
  process.env["TSKATA_BOOT_MARKS"] = "init=10,agent=20";
  t.teardown(() => delete process.env["TSKATA_BOOT_MARKS"]);
  const [before, beforeNs] = [uptimeMs(), process.hrtime.bigint()];
  const { protocolVersion, bootMarksMs, monotonicNs } = hello(sandbox);
  t.equal(protocolVersion, PROTOCOL_VERSION);
  t.match(bootMarksMs, { init: 10, agent: 20, listening: 30 });
  t.ok((bootMarksMs["answered"] ?? 0) >= before);
  t.ok(monotonicNs >= beforeNs && monotonicNs <= process.hrtime.bigint());
});

t.test("parseBootMarks() leaves out what is no mark", async (t) => {
  t.same(parseBootMarks(""), {});
  t.same(parseBootMarks("init=5,=7,agent=,x=y,z=-1,late=1.5,last=9"), { init: 5, last: 9 });
});
