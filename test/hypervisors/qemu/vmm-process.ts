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
  const process = await VmmProcess.start(["/bin/sh", "-c", "cat <&6 >&3"], [file]);
  closeSync(file);
  const [contents] = (await once(process.agent, "data")) as [Buffer];
  t.equal(contents.toString(), "contents");
  await process.exited;
  process.closeChannels();
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
