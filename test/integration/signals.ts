import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import t from "tap";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { ForegroundRun } from "../support/foreground-run.js";
import { processEnd } from "../support/process-end.js";
import { TestTskata } from "../support/tskata.js";

const SIGNALS = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"] as const;
/** Says each signal's name; ends with SIGTERM. */
const LISTENER = [
  ...SIGNALS.map((name) => `trap 'echo got ${name};${name === "TERM" ? " exit 7" : ""}' ${name}`),
  "echo ready",
  "while :; do sleep 0.05; done",
].join("\n");

t.test("signals to `tskata run` reach the container's process, whose status it returns", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", LISTENER] } });
  const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
  await run.says(/ready/);
  for (const name of ["HUP", "INT", "USR1", "WINCH"] as const) {
    run.child.kill(`SIG${name}`);
    await run.says(new RegExp(`got ${name}\n`));
  }

  for (const signal of ["USR2", "sigusr2", "SIGUSR2", "12"]) {
    t.match(await tskata.run(["kill", id, signal]), { status: 0 }, `kill ${signal}`);
  }
  await run.says(/got USR2/);
  t.match(await tskata.run(["kill", id, "SIGNONSENSE"]), { status: 1, stderr: /SIGNONSENSE/ });
  t.match(await tskata.run(["kill", id, "99"]), { status: 1, stderr: /99/ });

  run.child.kill("SIGTERM");
  t.match(await run.ended, { status: 7, text: /got TERM/ });
  t.match(await tskata.run(["state", id]), { status: 1 }, "run has deleted it");
  t.strictSame(await tskata.leaks(), []);
});

t.test("a process that a signal ends gives 128 and its number", async (t) => {
  const tskata = new TestTskata(t);
  // pid 1 of a pid namespace ignores what it has no handler for, SIGKILL from outside apart
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", "echo ready; sleep 1000; echo end"] } });
  const id = tskata.newId();
  const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
  await run.says(/ready/);
  await tskata.ok(["kill", id, "KILL"]);
  t.match(await run.ended, { status: 137, signal: null });

  const { linux } = busyboxSpec();
  const namespaces = linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [];
  const shared = tskata.bundle({ process: { args: ["sleep", "1000"] }, linux: { ...linux, namespaces } });
  const { id: second, pid } = await tskata.start(shared);
  const ended = processEnd(pid);
  await tskata.ok(["kill", second, "TERM"]);
  await ended;
  t.equal(tskata.record(second).exitStatus, 143);
});

t.test("kill --all reaches every process of the container", async (t) => {
  const tskata = new TestTskata(t);
  const script = "trap : USR1; (trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.05; done) & wait; wait";
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", script] } });
  const id = tskata.newId();
  const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
  await run.says(/ready/);
  await tskata.ok(["kill", "--all", id, "USR1"]);
  await run.says(/child/);
  t.match(await run.ended, { status: 0 });
});

t.test("an interrupted create undoes everything", async (t) => {
  const tskata = new TestTskata(t);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const id = tskata.newId();
    const child = tskata.spawn(["create", "--bundle", tskata.bundle(), id], { stdio: "ignore" });
    await tskata.recordAppears(id);
    child.kill(signal);
    const [status] = (await once(child, "exit")) as [number | null];
    t.not(status, 0, signal);
    t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
    t.strictSame(await tskata.leaks(), []);
  }
});

t.test("delete --force ends a create that is under way; without --force it is refused", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const create = tskata.spawn(["create", "--bundle", tskata.bundle(), id]);
  const errors = text(create.stderr as Readable);
  await tskata.recordAppears(id);
  t.match(await tskata.run(["delete", id]), { status: 1, stderr: /cannot delete container .*: creating/ });
  const ended = once(create, "exit");
  await tskata.ok(["delete", "--force", id]);
  t.match(await ended, [1, null]);
  t.match(await errors, /interrupted by SIGTERM/);
  t.strictSame(await tskata.leaks(), []);
});

t.test("a create that is killed leaves a stopped container, which delete and gc clean up", async (t) => {
  const tskata = new TestTskata(t);
  for (const command of ["delete", "gc"] as const) {
    const id = tskata.newId();
    const child = tskata.spawn(["create", "--bundle", tskata.bundle(), id], { stdio: "ignore" });
    await tskata.recordAppears(id);
    child.kill("SIGKILL");
    await once(child, "exit");
    if (command === "gc") await tskata.ok(["gc"]);
    await tskata.ok(["delete", "--force", id]);
    t.strictSame(await tskata.leaks(), []);
  }
});
