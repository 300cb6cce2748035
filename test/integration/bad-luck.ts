import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import { appears } from "../support/appears.js";
import { busyboxSpec, type SpecOverrides } from "../support/busybox-bundle.js";
import { ForegroundRun } from "../support/foreground-run.js";
import { hostSnapshot } from "../support/leaks.js";
import { processEnd } from "../support/process-end.js";
import { TestTskata } from "../support/tskata.js";

const execute = promisify(execFile);
const QUICK_TO_NOTICE = "[guest]\nheartbeat_ms = 200\nagent_timeout_ms = 2000\n";
const DEADLINE_MS = 60_000;
const LOST_STATUS = 255;

/** A container in the foreground that has said it runs. */
async function running(tskata: TestTskata, overrides: SpecOverrides = {}): Promise<{ id: string; run: ForegroundRun }> {
  const id = tskata.newId();
  const process = { args: ["sh", "-c", "echo ready; exec sleep 1000"] };
  const run = new ForegroundRun(tskata, ["run", "--keep", "--bundle", tskata.bundle({ process, ...overrides }), id]);
  await run.says(/ready/);
  // Its output may be seen before `run` knows that it has started.
  while ((await tskata.status(id)) !== "running") continue;
  return { id, run };
}

/** The host process of a test whose command line matches. */
function hostProcess(tskata: TestTskata, command: RegExp): number {
  const found = hostSnapshot(tskata.marker, []).processes.find((line) => command.test(line));
  if (found === undefined) throw new Error(`no process ${command}`);
  return Number.parseInt(found, 10);
}

/** What has to hold of a container whose VM was lost, up to its delete. */
async function isStoppedWithFailure(t: Test, tskata: TestTskata, id: string, failure: RegExp): Promise<void> {
  t.match(JSON.parse(await tskata.ok(["state", id])), { id, status: "stopped", pid: 0 });
  t.match(await tskata.run(["exec", id, "true"]), { status: 255, stderr: /stopped container/ });
  t.match(await tskata.run(["kill", id, "TERM"]), { status: 1, stderr: failure });
  await tskata.ok(["delete", id]);
  t.strictSame(await tskata.leaks(), []);
}

const HELPERS = [
  { what: "the VMM", command: /qemu-system/, failure: /virtual machine monitor ended with status 1/ },
  { what: "the file server", command: /\/virtiofsd/, failure: /virtiofsd/ },
  { what: "the supervisor", command: /supervisor/, failure: /supervisor of its VM died/ },
] as const;

for (const { what, command, failure } of HELPERS) {
  t.test(`${what} is killed while a container runs`, async (t) => {
    const tskata = new TestTskata(t);
    const { id, run } = await running(tskata);
    const pid = command.source === "supervisor" ? tskata.record(id).supervisor?.pid : hostProcess(tskata, command);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    t.match(await run.ended, { status: LOST_STATUS });
    await isStoppedWithFailure(t, tskata, id, failure);
  });
}

t.test("a monitor that is killed takes its container's program along", async (t) => {
  const tskata = new TestTskata(t);
  const { id, run } = await running(tskata);
  const { monitor, supervisor } = tskata.record(id);
  process.kill(monitor?.pid ?? Number.NaN, "SIGKILL");
  t.match(await run.ended, { status: 137 });
  await processEnd(supervisor?.pid ?? Number.NaN);
  t.match(JSON.parse(await tskata.ok(["state", id])), { status: "stopped" });
  await tskata.ok(["delete", id]);
  t.strictSame(await tskata.leaks(), []);
});

const WRITABLE_PROC: SpecOverrides = { linux: { ...busyboxSpec().linux, readonlyPaths: [], maskedPaths: [] } };
const SANDBOX_PIDS: SpecOverrides = {
  linux: {
    ...busyboxSpec().linux,
    namespaces: busyboxSpec().linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [],
  },
};
const AGENT = "$(pidof node)";

const GUEST_FAULTS = [
  {
    what: "the guest's kernel panics",
    script: "echo c > /proc/sysrq-trigger",
    failure: /kernel panicked/,
    overrides: WRITABLE_PROC,
  },
  {
    what: "the agent is killed",
    script: `kill -9 ${AGENT}`,
    failure: /powered off: its agent ended/,
    overrides: SANDBOX_PIDS,
  },
  {
    what: "the agent hangs",
    script: `kill -STOP ${AGENT}`,
    failure: /agent did not answer in time/,
    overrides: SANDBOX_PIDS,
  },
] as const;

for (const { what, script, failure, overrides } of GUEST_FAULTS) {
  t.test(`${what} by a container's doing`, async (t) => {
    const tskata = new TestTskata(t, QUICK_TO_NOTICE);
    const process = { args: ["sh", "-c", `echo ready; read line; ${script}; exec sleep 1000`] };
    const { id, run } = await running(tskata, { ...overrides, process });
    run.type("go\n");
    t.match(await run.ended, { status: LOST_STATUS });
    await isStoppedWithFailure(t, tskata, id, failure);
  });
}

t.test("a create that is killed can be deleted at once, while its supervisor undoes what it began", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  mkdirSync(tskata.runDirectory);
  const create = tskata.spawn(["create", "--bundle", tskata.bundle(), id], { stdio: "ignore" });
  const ended = once(create, "exit");
  await tskata.recordAppears(id);
  const { runDirectory } = tskata.record(id);
  await withDeadline("the supervisor", DEADLINE_MS, async (signal) => {
    await appears(tskata.runDirectory, basename(runDirectory), signal);
    await appears(runDirectory, "stdio.sock", signal);
  });
  create.kill("SIGKILL");
  await ended;
  t.match(await tskata.run(["delete", "--force", id]), { status: 0, stderr: "" });
  t.strictSame(await tskata.leaks(), []);
  const again = await tskata.create(tskata.bundle(), id);
  t.equal(await tskata.status(again.id), "created", "the id can be taken anew");
});

t.test("a guest that stops reading is ended after the deadline", async (t) => {
  const tskata = new TestTskata(t, QUICK_TO_NOTICE);
  const { id, run } = await running(tskata);
  process.kill(hostProcess(tskata, /qemu-system/), "SIGSTOP");
  t.match(await run.ended, { status: LOST_STATUS });
  await isStoppedWithFailure(t, tskata, id, /agent did not answer in time/);
});

t.test("a supervisor that hangs doesn't keep delete --force from its work", async (t) => {
  const tskata = new TestTskata(t);
  const { id, run } = await running(tskata);
  process.kill(tskata.record(id).supervisor?.pid ?? Number.NaN, "SIGSTOP");
  await tskata.ok(["delete", "--force", id]);
  t.match(await run.ended, { status: LOST_STATUS });
  t.strictSame(await tskata.leaks(), []);
});

t.test("gc cleans up what a crash left, and leaves the living alone", async (t) => {
  const tskata = new TestTskata(t);
  const alive = await running(tskata);
  const lost = await running(tskata);
  process.kill(tskata.record(lost.id).supervisor?.pid ?? Number.NaN, "SIGKILL");
  t.match(await lost.run.ended, { status: LOST_STATUS });
  const { runDirectory } = tskata.record(lost.id);
  t.match(await tskata.ok(["gc"]), new RegExp(`container ${lost.id}: recorded as stopped[^]*${runDirectory}: removed`));
  t.equal(tskata.record(lost.id).status, "stopped");
  t.equal(await tskata.status(alive.id), "running");
  t.equal(await tskata.ok(["exec", alive.id, "echo", "fine"]), "fine");
  t.notMatch(await tskata.ok(["gc"]), /removed|recorded/, "a second one finds nothing");
});

t.test("a full disk for the state directory fails create and leaves nothing", async (t) => {
  const tskata = new TestTskata(t);
  mkdirSync(tskata.stateRoot);
  await execute("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", tskata.stateRoot]);
  try {
    const filler = join(tskata.stateRoot, "filler");
    const full = (): void => writeFileSync(filler, Buffer.alloc(128 * 1024));
    t.throws(full, { code: "ENOSPC" });
    const bundle = tskata.bundle({ process: { args: ["sh", "-c", "echo ready; exec sleep 1000"] } });
    const id = tskata.newId();
    const create = await tskata.run(["run", "--bundle", bundle, id]);
    t.match(create, { status: 1, stderr: /ENOSPC|no space left/ });
    t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });

    rmSync(filler);
    const run = new ForegroundRun(tskata, ["run", "--bundle", bundle, id]);
    await run.says(/ready/);
    t.throws(full, { code: "ENOSPC" });
    await tskata.ok(["kill", id, "KILL"]);
    t.match(await run.ended, { status: 137 }, "a container ends, and is deleted, even so");
    t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  } finally {
    await execute("umount", [tskata.stateRoot]);
  }
  t.strictSame(await tskata.leaks(), []);
});
