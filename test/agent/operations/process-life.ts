import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import t from "tap";
import { LauncherError } from "../../../src/agent/kernel/launcher-error.js";
import { execProcess } from "../../../src/agent/operations/exec-process.js";
import { resizeTerminal } from "../../../src/agent/operations/resize-terminal.js";
import { signalProcess } from "../../../src/agent/operations/signal-process.js";
import { startContainer } from "../../../src/agent/operations/start-container.js";
import { waitProcess } from "../../../src/agent/operations/wait-process.js";
import { createStandIn, json, standInSandbox } from "../fixtures/stand-in-sandbox.js";

const exec = { containerId: "c1", execId: "e1", processJson: json({ cwd: "/", args: ["true"] }) };
const init = { containerId: "c1", execId: "" };

t.test("startContainer() lets init go on, once", async (t) => {
  const made = standInSandbox(t);
  const process = await createStandIn(made);
  await startContainer(made.sandbox, { containerId: "c1" });
  t.same(process.calls, ["ready", "start"]);
  await t.rejects(startContainer(made.sandbox, { containerId: "c1" }), {
    code: "failed-precondition",
    message: "start c1: the container is running, needed: created",
  });
  await t.rejects(startContainer(made.sandbox, { containerId: "c2" }), { code: "not-found" });
});

t.test("startContainer() tells of an exec that failed", async (t) => {
  const made = standInSandbox(t);
  const process = await createStandIn(made);
  const index = (made.plans[0]?.child.length ?? 0) - 1;
  process.startError = new LauncherError({ stage: "child", index, operation: "exec", errno: "EACCES", detail: "" });
  await t.rejects(startContainer(made.sandbox, { containerId: "c1" }), {
    code: "permission",
    message: "unable to start container process: exec sh: permission denied",
  });
});

t.test("execProcess() starts a process beside init; its id is free again when it was waited for", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  t.same(await execProcess(made.sandbox, exec), { pid: 101 });
  t.same(made.processes[1]?.calls, ["started"]);
  t.notOk(made.plans[1]?.child.some(({ op }) => op === "barrier"));
  t.match(made.plans[1]?.before[0], { op: "open-pidfd", pid: 100 });
  await t.rejects(execProcess(made.sandbox, exec), {
    code: "already-exists",
    message: 'exec in c1: the exec id "e1" is in use',
  });
  made.processes[1]?.exit(3);
  t.equal(made.preparations, 0);
  t.same(await waitProcess(made.sandbox, exec), { exitStatus: 3, oomKilled: false });
  t.equal(made.preparations, 1, "the next launcher is made ready");
  await t.rejects(waitProcess(made.sandbox, exec), { code: "not-found" });
  t.same(await execProcess(made.sandbox, exec), { pid: 102 });
});

t.test("the end of a process may be asked for with the process", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  made.prepare = (process) => process.exit(4);
  const asked = [execProcess(made.sandbox, exec), waitProcess(made.sandbox, exec)];
  t.same(await Promise.all(asked), [{ pid: 101 }, { exitStatus: 4, oomKilled: false }]);
  made.prepare = (process) => {
    process.startError = new Error("no such program");
  };
  const failed: Promise<unknown>[] = [execProcess(made.sandbox, exec), waitProcess(made.sandbox, exec)];
  await Promise.all(failed.map((each) => t.rejects(each, { message: "no such program" })));
});

t.test("execProcess() starts a process in a cgroup below the container's, where there is one", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  const own = join(made.sandbox.paths.cgroupRoot, "tskata-c1");
  made.paths.set(join(own, "sub/one"), true);
  await execProcess(made.sandbox, { ...exec, cgroup: "/sub/one" });
  t.equal(made.plans[1]?.cgroup, join(own, "sub/one"));
  for (const cgroup of ["/none", "../..", "sub/../../other"]) {
    await t.rejects(execProcess(made.sandbox, { ...exec, execId: cgroup, cgroup }), {
      code: "not-found",
      message: `bad sub cgroup path: ${cgroup}: no such cgroup in the container`,
    });
  }
});

t.test("execProcess() follows init where the container hands controllers on", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  const own = join(made.sandbox.paths.cgroupRoot, "tskata-c1");
  writeFileSync(join(own, "cgroup.subtree_control"), "memory\n");
  const proc = join(made.sandbox.paths.cgroupRoot, "proc");
  mkdirSync(join(proc, "100"), { recursive: true });
  writeFileSync(join(proc, "100/cgroup"), "0::/tskata-c1/below\n");
  const { init, cgroup } = made.sandbox.container("c1").require("look at", "created");
  t.equal(cgroup.birthplace(init.pid, proc), join(own, "below"));
});

t.test("execProcess() refuses what it can't read, and a container that has stopped", async (t) => {
  const made = standInSandbox(t);
  const process = await createStandIn(made);
  await t.rejects(execProcess(made.sandbox, { ...exec, processJson: json([]) }), {
    code: "invalid-argument",
    message: "process.json: expected an object",
  });
  await t.rejects(execProcess(made.sandbox, { ...exec, processJson: Buffer.from("{") }), { code: "invalid-argument" });
  process.exit(0);
  await made.sandbox.container("c1").stopped;
  await t.rejects(execProcess(made.sandbox, exec), {
    code: "failed-precondition",
    message: "exec in c1: the container is stopped, needed: created or running",
  });
});

t.test("execProcess() leaves no process where the launch fails", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  made.prepare = (process) => {
    process.startError = new LauncherError({
      stage: "child",
      index: 0,
      operation: "exec",
      errno: "ENOENT",
      detail: "",
    });
  };
  await t.rejects(execProcess(made.sandbox, exec), { code: "not-found" });
  t.same(made.processes[1]?.calls, ["started", "dispose"]);
  t.equal(made.sandbox.container("c1").executed.size, 0);
});

t.test("waitProcess() answers for init when its end was dealt with", async (t) => {
  const made = standInSandbox(t);
  const process = await createStandIn(made);
  const waited = waitProcess(made.sandbox, init);
  process.exit(137);
  t.same(await waited, { exitStatus: 137, oomKilled: false });
  t.same(await waitProcess(made.sandbox, init), { exitStatus: 137, oomKilled: false });
});

t.test("waitProcess() counts streams that were on their way when it was asked", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  await execProcess(made.sandbox, exec);
  made.processes[1]?.exit(0);
  let arrive: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  made.sandbox.arriving.add(arrival);
  let answered = false;
  const waited = waitProcess(made.sandbox, exec).then(() => {
    answered = true;
  });
  await made.sandbox.container("c1").process("ask", "e1").exited;
  t.notOk(answered);
  arrive();
  await waited;
});

t.test("signalProcess() signals one process, and refuses numbers that are no signals", async (t) => {
  const made = standInSandbox(t);
  const process = await createStandIn(made);
  await execProcess(made.sandbox, exec);
  await signalProcess(made.sandbox, { process: init, signal: 15, all: false });
  await signalProcess(made.sandbox, { process: exec, signal: 2, all: false });
  t.same(process.calls.at(-1), "signal 15");
  t.same(made.processes[1]?.calls.at(-1), "signal 2");
  for (const signal of [0, 65]) {
    const refused = signalProcess(made.sandbox, { process: init, signal, all: false });
    await t.rejects(refused, { code: "invalid-argument", message: `there is no signal ${signal}` });
  }
  for (const each of made.processes) each.exit(0);
  await made.sandbox.container("c1").stopped;
  await t.rejects(signalProcess(made.sandbox, { process: init, signal: 15, all: false }), {
    code: "failed-precondition",
    // containerd takes these words for an end, and others for a failure
    message: /no such process$/,
  });
});

t.test("resizeTerminal() refuses a process without a terminal", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  t.throws(() => resizeTerminal(made.sandbox, { process: init, size: { columns: 1, rows: 1 } }), {
    code: "failed-precondition",
    message: "process 100 has no terminal",
  });
});

t.test("waitProcess() waits for output that was asked for, and drops what was not", async (t) => {
  const made = standInSandbox(t);
  await createStandIn(made);
  await execProcess(made.sandbox, exec);
  const stream = new PassThrough();
  made.sandbox.container("c1").process("attach to", "e1").attach("stdout", stream);
  let answered = false;
  const waited = waitProcess(made.sandbox, exec).then(() => {
    answered = true;
  });
  made.processes[1]?.exit(0);
  await made.sandbox.container("c1").process("ask", "e1").exited;
  t.notOk(answered);
  await made.carrier.finish("stdout of 1101");
  await waited;
  t.same(made.carrier.calls, ["join stdout of 1101", "forget 1101"]);
});
