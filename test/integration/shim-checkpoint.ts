import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { CheckpointOptionsCodec } from "../../src/host/shim/api/gen/runc-options/options_pb.js";
import { TaskCreateCodec, TaskExitCodec } from "../../src/host/shim/api/gen/task-events/events_pb.js";
import { Status } from "../../src/host/shim/api/gen/task-v2/task_pb.js";
import { pack, unpack } from "../../src/host/shim/packed.js";
import { endsWithNothingLeft, run, shimOf, shimOfOne } from "../support/shim-of-one.js";

/** Counts the lines that it reads, and ends with that number when there are no more. */
const COUNT = 'n=0; while read -r line; do n=$((n + 1)); echo "$line $n"; done; exit $n';
const EXIT = pack(CheckpointOptionsCodec, { exit: true });

t.test("a container goes on by another shim where its checkpoint was made, on that one's streams", async (t) => {
  const before = await shimOfOne(t, { process: { args: ["sh", "-c", COUNT] } });
  const { tskata, bundle } = before;
  const [images, stdin] = [join(tskata.directory, "images"), before.shim.pipe()];
  const first = before.shim.output();
  await run(before, { stdin, stdout: first.path });
  writeFileSync(stdin, "one\ntwo\n");
  await first.says(/two 2/);
  await before.task.checkpoint({ id: before.id, path: images, options: EXIT });
  t.match(await before.task.wait({ id: before.id }), { exitStatus: 137 });
  t.match(await before.task.delete({ id: before.id }), { exitStatus: 137 });
  await endsWithNothingLeft(t, before);
  t.strictSame(before.shim.events.list.map(({ topic }) => topic.slice("/tasks/".length)).sort(), [
    "checkpointed",
    "create",
    "delete",
    "exit",
    "start",
  ]);

  const after = await shimOf(t, tskata, bundle);
  const { id, shim, task, shimPid } = after;
  const second = shim.output();
  t.equal(await shim.create(id, bundle, { stdin, stdout: second.path, checkpoint: images }), 0, "no process yet");
  t.match(await task.state({ id }), { status: Status.CREATED, pid: 0 });
  const waiting = task.wait({ id });
  const { pid } = await task.start({ id });
  t.match(await task.state({ id }), { status: Status.RUNNING, pid });
  t.match(await task.connect({ id }), { taskPid: pid, shimPid });
  writeFileSync(stdin, "three\n");
  await second.says(/^three 3\n/);
  await task.closeIO({ id, stdin: true });
  t.match(await waiting, { exitStatus: 3 });
  t.match(await task.delete({ id }), { pid, exitStatus: 3 });
  await endsWithNothingLeft(t, after);
  const [create, start, exit, end] = shim.events.list;
  t.match(create && unpack(TaskCreateCodec, create), { checkpoint: images, pid: 0 });
  t.match([start?.topic, end?.topic], ["/tasks/start", "/tasks/delete"]);
  t.match(exit && unpack(TaskExitCodec, exit), { containerId: id, pid, exitStatus: 3 });
});

t.test("a terminal is the new one, and who was saved goes on too", async (t) => {
  const before = await shimOfOne(t, { process: { terminal: true, args: ["sh"] } });
  const { tskata, bundle } = before;
  const [images, stdin, first] = [join(tskata.directory, "images"), before.shim.pipe(), before.shim.output()];
  await run(before, { stdin, stdout: first.path, terminal: true });
  writeFileSync(stdin, "word=kept; echo it has $((40 + 2))\n");
  await first.says(/it has 42/);
  await before.task.checkpoint({ id: before.id, path: images });
  writeFileSync(stdin, "echo still $((1 + 1)); exit 3\n");
  t.match(await before.task.wait({ id: before.id }), { exitStatus: 3 });
  t.match(await first.text, /still 2/);
  await before.task.delete({ id: before.id });
  await endsWithNothingLeft(t, before);

  const after = await shimOf(t, tskata, bundle);
  const second = after.shim.output();
  await run(after, { stdin, stdout: second.path, terminal: true, checkpoint: images });
  writeFileSync(stdin, "echo it is $word; exit 4\n");
  t.match(await after.task.wait({ id: after.id }), { exitStatus: 4 });
  t.match(await second.text, /it is kept/);
  await after.task.delete({ id: after.id });
  await endsWithNothingLeft(t, after);
});

t.test("what can't be restored says why, and leaves nothing", async (t) => {
  const one = await shimOfOne(t);
  const { id, bundle, shim, task, tskata } = one;
  const images = join(tskata.directory, "images");
  await t.rejects(shim.create(id, bundle, { checkpoint: images }), {
    code: "not-found",
    message: /has no checkpoint: choose a directory/,
  });
  mkdirSync(images);
  writeFileSync(join(images, "inventory.img"), "damaged");
  for (const file of ["tskata.json", "descriptors.json"]) writeFileSync(join(images, file), "[]");
  await shim.create(id, bundle, { stdout: shim.pipe(), checkpoint: images });
  t.match(await task.delete({ id }), { pid: 0, exitStatus: 0 }, "one that was never started is forgotten");
  await shim.create(id, bundle, { stdout: shim.pipe(), checkpoint: images });
  await t.rejects(task.start({ id }), { message: /criu: .*; see .*\/work\/restore\.log/ });
  t.match(await task.state({ id }), { status: Status.CREATED, pid: 0 });
  await task.delete({ id });
  await t.rejects(task.state({ id }), { code: "not-found" });
  await endsWithNothingLeft(t, one);
});
