import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { VmmProcess } from "../../../hypervisors/qemu/vmm-process.js";

t.test("start() gives three channels without a name, and stderr's end at the exit", async (t) => {
  const script = "cat <&3 >&3 & head -c 20000 /dev/zero | tr '\\0' x >&2; echo last >&2; wait; exit 7";
  const process = await VmmProcess.start(["/bin/sh", "-c", script]);
  process.agent.end("hello");
  const chunks: Buffer[] = [];
  for await (const chunk of process.agent) chunks.push(chunk as Buffer);
  t.equal(Buffer.concat(chunks).toString(), "hello");
  const { exitCode, signal, stderr } = await process.exited;
  t.strictSame([exitCode, signal, stderr.length], [7, null, 8192]);
  t.match(stderr, /xlast\n$/);
  process.closeChannels();
});

t.test("start() hands files on, behind the channels", async (t) => {
  const file = openSync(join(t.testdir({ file: "contents" }), "file"), "r");
  const process = await VmmProcess.start(["/bin/sh", "-c", "cat <&6 >&3"], { files: [file] });
  closeSync(file);
  const [contents] = (await once(process.agent, "data")) as [Buffer];
  t.equal(contents.toString(), "contents");
  await process.exited;
  process.closeChannels();
});

t.test("start() hears of a VMM elsewhere, and waits for the end of its channel", async (t) => {
  const script = "sleep 1000 <&4 >/dev/null 2>&1 3>&- 5>&- & echo $!; exec 4>&-";
  const process = await VmmProcess.start(["/bin/sh", "-c", script], { isElsewhere: true });
  const pid = Number(await process.announcement);
  let isOver = false;
  const over = process.exited.then((exit) => {
    isOver = true;
    return exit;
  });
  process.control.resume();
  await Promise.all([process.agent, process.console].map((channel) => once(channel.resume(), "end")));
  t.notOk(isOver, "the command has ended, and the VMM lives");
  globalThis.process.kill(pid, "SIGKILL");
  t.match(await over, { exitCode: 0, signal: null });
  process.closeChannels();
});

t.test("start() hears nothing of a VMM elsewhere that isn't there", async (t) => {
  const process = await VmmProcess.start(["/bin/false"], { isElsewhere: true });
  process.control.resume();
  t.equal(await process.announcement, undefined);
  t.match(await process.exited, { exitCode: 1 });
  process.closeChannels();
});

t.test("release() leaves the process alone", async (t) => {
  const process = await VmmProcess.start(["/bin/sleep", "1000"], { isDetached: true });
  process.release();
  t.match(await process.exited, { exitCode: 0 });
  await process.kill();
  t.equal(globalThis.process.kill(process.pid, 0), true);
  globalThis.process.kill(process.pid, "SIGKILL");
});

t.test("start() fails by errno", async (t) => {
  await t.rejects(VmmProcess.start(["/nonexistent/qemu"]), { name: "TskataError", code: "not-found" });
});

t.test("kill() reaps, and does nothing to a process that has ended", async (t) => {
  const process = await VmmProcess.start(["/bin/sleep", "1000"]);
  t.match(await process.kill(), { exitCode: null, signal: "SIGKILL" });
  t.match(await process.kill(), { signal: "SIGKILL" });
  process.closeChannels();
});

t.test("reaped() waits for a process that ends by itself, and ends one that does not", async (t) => {
  const good = await VmmProcess.start(["/bin/true"]);
  t.match(await good.reaped(60_000), { exitCode: 0, signal: null });
  const bad = await VmmProcess.start(["/bin/sleep", "1000"]);
  t.match(await bad.reaped(0), { exitCode: null, signal: "SIGKILL" });
  for (const process of [good, bad]) process.closeChannels();
});
