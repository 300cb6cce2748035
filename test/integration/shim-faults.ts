import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { MetricsCodec } from "../../src/host/shim/api/gen/cgroup-stats/metrics_pb.js";
import { TaskExitCodec, TaskOOMCodec } from "../../src/host/shim/api/gen/task-events/events_pb.js";
import { Status } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { unpack } from "../../src/host/shim/packed.js";
import { busyboxSpec, type SpecOverrides } from "../support/busybox-bundle.js";
import { packedProcess } from "../support/packed-process.js";
import { processEnd } from "../support/process-end.js";
import { endsWithNothingLeft, run, shimOfOne } from "../support/shim-of-one.js";
import type { TestShim } from "../support/test-shim.js";

const QUICK_TO_NOTICE = "[guest]\nheartbeat_ms = 200\nagent_timeout_ms = 2000\n";
const LOST_STATUS = 255;
const MIB = 2 ** 20;
/** Ends when it has as much memory as there is. */
const EATS_MEMORY = ["tail", "/dev/zero"];

/** Topics of what a shim told of, without what they have in common. */
const topics = ({ events }: TestShim): string[] => events.list.map(({ topic }) => topic.slice("/tasks/".length));

/** Its ends, as `process status`. */
const exits = ({ events }: TestShim): string[] =>
  events.list
    .filter(({ topic }) => topic === "/tasks/exit")
    .map((event) => unpack(TaskExitCodec, event))
    .map((exit) => `${exit?.id} ${exit?.exitStatus}`);

t.test("a shim that is killed takes its VM along, and a clean-up finds the rest", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  process.kill(one.shimPid, "SIGKILL");
  await processEnd(one.shimPid);
  await one.shim.closed;
  t.match(await one.shim.cleanUp(one.id, one.bundle), { exitStatus: LOST_STATUS });
});

t.test("a VMM that is killed ends the container, and the shim tells of it", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  const { id, task, shim, shimPid } = one;
  const children = readFileSync(`/proc/${shimPid}/task/${shimPid}/children`, "utf8").trim().split(" ").map(Number);
  const vmm = children.find((pid) => /qemu|fork-client/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")));
  t.ok(vmm);
  process.kill(vmm ?? 0, "SIGKILL");
  t.match(await task.wait({ id }), { exitStatus: LOST_STATUS });
  await shim.events.hears("/tasks/exit");
  t.match(await task.delete({ id }), { exitStatus: LOST_STATUS });
  await endsWithNothingLeft(t, one);
});

/** In the pid namespace of the VM, where the agent is seen. */
const SEES_AGENT: SpecOverrides = {
  linux: {
    ...busyboxSpec().linux,
    namespaces: busyboxSpec().linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [],
  },
};

for (const [what, signal] of [
  ["is killed", "KILL"],
  ["hangs", "STOP"],
] as const) {
  t.test(`an agent that ${what} ends a container and its further process, and the shim tells of both`, async (t) => {
    const script = `read line; kill -${signal} $(pidof node); exec sleep 1000`;
    const one = await shimOfOne(t, { ...SEES_AGENT, process: { args: ["sh", "-c", script] } }, QUICK_TO_NOTICE);
    const { id, task, shim } = one;
    const stdin = shim.pipe();
    await run(one, { stdin });
    await task.exec({ id, execId: "other", spec: packedProcess("sleep", "1000") });
    await task.start({ id, execId: "other" });
    const ends = Promise.all([task.wait({ id }), task.wait({ id, execId: "other" })]);
    writeFileSync(stdin, "go\n");
    t.match(await ends, [{ exitStatus: LOST_STATUS }, { exitStatus: LOST_STATUS }]);
    await shim.events.hears("/tasks/exit", 2);
    t.strictSame(exits(shim), [`other ${LOST_STATUS}`, `${id} ${LOST_STATUS}`], "the container's is told last");
    t.match(await task.state({ id }), { status: Status.STOPPED, exitStatus: LOST_STATUS });
    await t.rejects(task.kill({ id, signal: 9 }), { code: "not-found", message: /process already finished/ });
    t.match(await task.delete({ id, execId: "other" }), { exitStatus: LOST_STATUS });
    t.match(await task.delete({ id }), { exitStatus: LOST_STATUS });
    await endsWithNothingLeft(t, one);
  });
}

for (const { what, overrides, config } of [
  {
    what: "has more than its limit",
    overrides: { linux: { ...busyboxSpec().linux, resources: { memory: { limit: 64 * MIB, swap: 64 * MIB } } } },
    config: "",
  },
  { what: "has all of the VM's memory", overrides: {}, config: "[guest]\nmemory_mib = 192\n" },
]) {
  t.test(`a container that ${what} is killed, of which is told before its end`, async (t) => {
    const one = await shimOfOne(t, { ...overrides, process: { args: EATS_MEMORY } }, config);
    const { id, task, shim } = one;
    await run(one);
    t.match(await task.wait({ id }), { exitStatus: 137 });
    await shim.events.hears("/tasks/exit");
    t.strictSame(topics(shim), ["create", "start", "oom", "exit"]);
    const oom = shim.events.list.find(({ topic }) => topic === "/tasks/oom");
    t.match(oom && unpack(TaskOOMCodec, oom), { containerId: id });
    const { stats } = await task.stats({ id });
    t.ok((unpack(MetricsCodec, stats)?.memoryEvents?.oomKill ?? 0n) > 0n, "figures tell of it afterwards too");
    t.match(await task.delete({ id }), { exitStatus: 137 });
    await endsWithNothingLeft(t, one);
  });
}

t.test("the end of a container is told to a containerd that was away meanwhile", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  const { id, task, shim } = one;
  await shim.events.hears("/tasks/start");
  shim.events.close();
  await task.kill({ id, signal: 9 });
  t.match(await task.wait({ id }), { exitStatus: 137 });
  t.strictSame(exits(shim), []);
  await shim.events.open();
  t.match(await task.wait({ id }), { exitStatus: 137 });
  await shim.events.hears("/tasks/exit");
  t.match(await task.delete({ id }), { exitStatus: 137 });
  await endsWithNothingLeft(t, one);
  t.strictSame(topics(shim), ["create", "start", "exit", "delete"]);
});

t.test("what happened up to a shim's end is told to a containerd that was away", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  const { id, task, shim } = one;
  await shim.events.hears("/tasks/start");
  shim.events.close();
  await task.kill({ id, signal: 9 });
  t.match(await task.wait({ id }), { exitStatus: 137 });
  t.match(await task.delete({ id }), { exitStatus: 137 });
  await task.shutdown({ id });
  await shim.closed;
  t.strictSame(topics(shim), ["create", "start"]);
  await shim.events.open();
  await shim.events.hears("/tasks/delete");
  t.strictSame(topics(shim), ["create", "start", "exit", "delete"]);
});

t.test("a shim that is told to end ends its VM in order", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  const { id, bundle, shim, shimPid } = one;
  const ended = processEnd(shimPid);
  process.kill(shimPid, "SIGTERM");
  await ended;
  await shim.events.hears("/tasks/exit");
  t.match(await shim.cleanUp(id, bundle), { exitStatus: LOST_STATUS });
});

t.test("a bundle that can't be run says why, and leaves nothing", async (t) => {
  const one = await shimOfOne(t, { process: { args: ["no-such-program"] } });
  const { id, bundle, shim, task } = one;
  await t.rejects(shim.create(id, bundle), { message: /executable file not found in \$PATH/ });
  await t.rejects(shim.create(id, bundle, { stdout: join(bundle, "none") }), {
    code: "not-found",
    message: /named pipe/,
  });
  await t.rejects(task.state({ id }), { code: "not-found" });
  await endsWithNothingLeft(t, one);
});

t.test("a creation that nobody waits for any more is undone", async (t) => {
  const one = await shimOfOne(t);
  const { id, bundle, shim, task } = one;
  await t.rejects(shim.create(id, bundle, {}, { timeoutMs: 1 }), { code: "deadline-exceeded" });
  await t.rejects(task.delete({ id }), { code: "not-found" });
  t.match(await shim.create(id, bundle), Number, "the next one is made");
  await task.delete({ id });
  await t.rejects(shim.create(id, bundle, {}, { timeoutMs: 1 }), { code: "deadline-exceeded" });
  await endsWithNothingLeft(t, one);
});

t.test("of two creations of one container at once one is made", async (t) => {
  const one = await shimOfOne(t);
  const { id, bundle, shim, task } = one;
  const both = Promise.allSettled([shim.create(id, bundle), shim.create(id, bundle)]);
  await t.rejects(task.kill({ id, signal: 9 }), { code: "not-found" }, "and none can be killed yet");
  const [first, second] = await both;
  t.match(first, { status: "fulfilled", value: Number });
  t.match(second, { status: "rejected", reason: { code: "already-exists" } });
  await task.start({ id });
  await task.kill({ id, signal: 9 });
  t.match(await task.wait({ id }), { exitStatus: 137 });
  await task.delete({ id });
  await endsWithNothingLeft(t, one);
});

t.test("a process that is about to start is neither forgotten nor started again, and can be killed", async (t) => {
  const one = await shimOfOne(t);
  await run(one);
  const { id, task } = one;
  const execId = "begun";
  await task.exec({ id, execId, spec: packedProcess("sleep", "1000") });
  const [started, again, deleted] = await Promise.allSettled([
    task.start({ id, execId }),
    task.start({ id, execId }),
    task.delete({ id, execId }),
  ]);
  t.match(started, { status: "fulfilled" });
  t.match(again, { status: "rejected", reason: { code: "failed-precondition", message: /it is starting/ } });
  t.match(deleted, { status: "rejected", reason: { code: "failed-precondition", message: /it is running/ } });
  await task.exec({ id, execId: "killed", spec: packedProcess("sleep", "1000") });
  const starting = task.start({ id, execId: "killed" });
  await task.kill({ id, execId: "killed", signal: 9 });
  await starting;
  t.match(await task.wait({ id, execId: "killed" }), { exitStatus: 137 });
  await task.kill({ id, signal: 9 });
  t.match(await task.wait({ id, execId }), { exitStatus: 137 });
  t.match(await task.wait({ id }), { exitStatus: 137 });
  await task.delete({ id });
  await endsWithNothingLeft(t, one);
});

t.test("a container that is about to start isn't deleted", async (t) => {
  const one = await shimOfOne(t);
  const { id, bundle, shim, task } = one;
  await shim.create(id, bundle);
  const [started, deleted] = await Promise.allSettled([task.start({ id }), task.delete({ id })]);
  t.match(started, { status: "fulfilled" });
  t.match(deleted, { status: "rejected", reason: { code: "failed-precondition", message: /it is running/ } });
  await task.kill({ id, signal: 9 });
  await task.wait({ id });
  await task.delete({ id });
  await endsWithNothingLeft(t, one);
});

t.test("the start of short processes is told before their end", async (t) => {
  const one = await shimOfOne(t, { process: { args: ["true"] } });
  const { id, bundle, shim, task } = one;
  await shim.create(id, bundle);
  await task.start({ id });
  await task.wait({ id });
  await task.delete({ id });
  await endsWithNothingLeft(t, one);
  t.strictSame(topics(shim), ["create", "start", "exit", "delete"]);
});
