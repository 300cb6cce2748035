import { spawn } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { containerRecord, DEAD, self } from "../fixtures/container-record.js";
import type { ContainerRecord } from "../../../src/host/state/container-record.js";
import { effectiveStatus, LOST_EXIT_STATUS } from "../../../src/host/state/effective-status.js";
import { identifyProcess, isAlive, signalProcess } from "../../../src/host/state/process-identity.js";

function record(change: Partial<ContainerRecord>): ContainerRecord {
  const { supervisor: _supervisor, ...rest } = containerRecord({ status: "running", creator: self(), ...change });
  return { ...rest, ...change };
}

t.test("a container whose supervisor lives is what its record says", async (t) => {
  const status = effectiveStatus(record({ supervisor: self(), monitor: { pid: 77, startTicks: 1 } }));
  t.strictSame(status, { status: "running", pid: 77 });
});

t.test("a container whose supervisor died is stopped with a failure", async (t) => {
  const status = effectiveStatus(record({ supervisor: DEAD }));
  t.match(status, { status: "stopped", pid: 0, exitStatus: LOST_EXIT_STATUS, failure: /supervisor/ });
});

t.test("a container whose create was killed is stopped with a failure", async (t) => {
  const status = effectiveStatus(record({ status: "creating", creator: DEAD }));
  t.match(status, { status: "stopped", exitStatus: LOST_EXIT_STATUS, failure: /create did not finish/ });
});

t.test("a stopped container keeps its exit status", async (t) => {
  t.strictSame(effectiveStatus(record({ status: "stopped", exitStatus: 3, supervisor: DEAD })), {
    status: "stopped",
    pid: 0,
    exitStatus: 3,
  });
});

t.test("isAlive() tells a process from a later one with its pid, and from a dead one", async (t) => {
  t.ok(isAlive(self()));
  t.notOk(isAlive(DEAD));
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error("the child is not in /proc");
  t.ok(signalProcess(identity, "SIGKILL"));
  await once(child, "exit");
  t.notOk(isAlive(identity));
  t.notOk(signalProcess(identity, "SIGKILL"));
});
