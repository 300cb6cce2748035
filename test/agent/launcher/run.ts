import t from "tap";
import { startLauncherProgram, type LauncherChild } from "../../../src/agent/kernel/launcher-child.js";
import { startLauncher } from "../../../src/agent/kernel/launcher.js";
import { processEnd } from "../../support/process-end.js";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan, plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, pipesOf, readAll, runPlan, startPlan } from "./fixtures/run-plan.js";

const root = t.testdir();
makeBusyboxRoot(root);

void t.test("a plain program runs, with its output, errors and exit code", async (t) => {
  const result = await runPlan(plainPlan(["sh", "-c", "echo out; echo err >&2; exit 7"]));
  t.same(result, { stdout: "out\n", stderr: "err\n", status: 7 });
});

void t.test("a container sees only its own root and mounts, and is the first process", async (t) => {
  const result = await runPlan(containerPlan(root, ["sh", "-c", "echo $$; ls /; readlink /proc/self; mount"]));
  t.equal(result.stderr, "");
  const [pid, ...rest] = result.stdout.trim().split("\n");
  t.equal(pid, "1");
  t.same(rest.slice(0, 7), ["bin", "dev", "etc", "proc", "sbin", "tmp", "work"]);
  t.match(rest[7], /^\d+$/);
  t.same(
    rest.slice(8).map((line) => line.split(" ")[2]),
    ["/", "/proc", "/dev", "/dev/pts"],
  );
});

void t.test("a process that ends by a signal has 128 and its number as status", async (t) => {
  t.equal((await runPlan(plainPlan(["sh", "-c", "kill -TERM $$"]))).status, 143);
});

void t.test("signals reach the process", async (t) => {
  const launched = await startPlan(
    plainPlan(["sh", "-c", "trap 'exit 42' USR1; echo ready; while :; do sleep 0.1; done"]),
  );
  const stdio = pipesOf(launched);
  stdio.stdout.once("data", () => launched.signal(10));
  await Promise.all([readAll(stdio.stderr), launched.exited]);
  t.same(await launched.exited, { status: 42 });
  launched.dispose();
});

void t.test("the environment and the arguments are exactly those of the plan", async (t) => {
  const plan = containerPlan(
    root,
    ["sh", "-c", 'cat /proc/$$/environ; echo; for a; do echo "<$a>"; done', "name", "", "a b", "ü"],
    {
      env: ["A=1", "B=", "odd"],
    },
  );
  const result = await runPlan(plan);
  const [environment, ...words] = result.stdout.trim().split("\n");
  t.same(environment?.split("\0").filter(Boolean), ["PATH=/bin:/sbin:/usr/bin", "A=1", "B=", "odd"]);
  t.same(words, ["<>", "<a b>", "<ü>"]);
});

void t.test("a process waits at the barrier until it is started", async (t) => {
  const launched = await startPlan(containerPlan(root, ["sh", "-c", "echo started"], { barrier: true }));
  await launched.ready();
  await launched.ready();
  await launched.start();
  t.equal((await readAll(pipesOf(launched).stdout)).toString(), "started\n");
  t.same(await launched.exited, { status: 0 });
  launched.dispose();
});

void t.test("several barriers are passed one after another", async (t) => {
  const plan = plainPlan(
    ["true"],
    [
      { op: "barrier", name: "first point" },
      { op: "barrier", name: "start" },
    ],
  );
  const launched = await startPlan(plan);
  await launched.reached("first point");
  launched.resume();
  await launched.ready();
  await launched.start();
  t.same(await launched.exited, { status: 0 });
  launched.dispose();
});

for (const { signal, status } of [
  { signal: 15, status: 143 },
  { signal: 9, status: 137 },
  { signal: 1, status: 129 },
]) {
  void t.test(`signal ${signal} ends a first process that waits for its start`, async (t) => {
    const launched = await startPlan(containerPlan(root, ["true"], { barrier: true }));
    await launched.ready();
    launched.signal(signal);
    t.same(await launched.exited, { status });
    await rejectsWith(t, launched.start(), { errno: "ECHILD" });
    launched.dispose();
  });
}

void t.test("a waiting process ends with its launcher", async (t) => {
  const launched = await startPlan(containerPlan(root, ["true"], { barrier: true }));
  await launched.ready();
  launched.dispose();
  t.same(await launched.exited, { status: 137 });
});

void t.test("no descriptor but the three standard ones reaches the program", async (t) => {
  const plan = containerPlan(root, ["sh", "-c", "ls /proc/$$/fd; :"], {
    extra: [{ op: "open-tree", slot: 5, path: "/", recursive: false }],
  });
  t.equal((await runPlan(plan)).stdout, "0\n1\n2\n");
});

void t.test("no signal is blocked or ignored in the program", async (t) => {
  const result = await runPlan(plainPlan(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]));
  t.equal(result.stdout, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
});

void t.test("a launcher that can't be started is an error", async (t) => {
  const missing = (): LauncherChild => startLauncherProgram("/nonexistent/launcher", ["pipe", "pipe", "pipe", "pipe"]);
  await t.rejects(startLauncher(plainPlan(["true"]), missing), { code: "ENOENT" });
});

void t.test("a launcher that is killed takes its process with it", async (t) => {
  const launched = await startPlan(plainPlan(["sh", "-c", "echo $PPID; exec sleep 1000"]));
  const stdio = pipesOf(launched);
  const parent = await new Promise<number>((resolve) =>
    stdio.stdout.once("data", (data: Buffer) => resolve(Number(data.toString()))),
  );
  const ended = processEnd(launched.pid);
  process.kill(parent, "SIGKILL");
  t.same(await launched.exited, { status: 255 });
  await rejectsWith(t, launched.ready(), { errno: "ECHILD" });
  await ended;
});
