import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import t, { type Test } from "tap";
import { makeBusyboxRootfs } from "../../../scripts/demo/busybox-rootfs.js";
import { shortDirectory } from "../../support/short-directory.js";
import { buildProgram } from "../fixtures/build-program.js";
import { type RunningMonitor, startMonitor } from "./fixtures/running-monitor.js";

const monitor = buildProgram("monitor", t.testdir({}));

/** One in a mount namespace of its own, which has been told that its process exists. */
async function begun(
  t: Test,
  args: readonly string[],
): Promise<RunningMonitor & { pid: number; lines: AsyncIterator<string> }> {
  const running = await startMonitor(t, [monitor], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    args: ["--namespaces", "mount", ...args],
  });
  const [line] = (await once(running.child.stdio[3] as Readable, "data")) as [Buffer];
  const { lines } = await running.stub.control();
  const control = await running.stub.stream("control");
  control.write("begin\n");
  // it has shown its files before it is heard again
  process.kill(Number.parseInt(line.toString()), "SIGUSR1");
  return { ...running, pid: Number.parseInt(line.toString()), lines };
}

async function finish({ stub, exited }: RunningMonitor): Promise<void> {
  for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
  (await stub.stream("control")).end("exit 0\n");
  await exited;
}

t.test("whoever enters a monitor's mount namespace finds the container's files, and none of the host's", async (t) => {
  const directory = shortDirectory(t);
  const [root, volume] = [join(directory, "root"), t.testdir({ inside: "of the volume" })];
  makeBusyboxRootfs(root);
  const binds = ["--bind", volume, "--on", "/home", "--bind", volume, "--on", "/var", "--read-only"];
  const running = await begun(t, ["--root", root, ...binds, "--bind", volume, "--on", "/nowhere"]);
  t.equal((await running.lines.next()).value, "signal 10");
  const enter = (...command: string[]) =>
    execFileSync("nsenter", [`--target=${running.pid}`, "--mount", ...command], { encoding: "utf8" });
  t.equal(enter("/bin/cat", "/home/inside"), "of the volume");
  enter("/bin/touch", "/root/made", "/home/made");
  t.equal(execFileSync("ls", [join(root, "root"), volume], { encoding: "utf8" }).match(/^made$/gm)?.length, 2);
  t.throws(() => enter("/bin/touch", "/var/made"), /Read-only/);
  t.throws(() => enter("/bin/ls", directory), /No such file/);
  await finish(running);
});

t.test("they find nothing where its root can't be shown, which the supervisor is told", async (t) => {
  const running = await begun(t, ["--root", "/no/such/root"]);
  const heard = new Set([(await running.lines.next()).value, (await running.lines.next()).value]);
  t.same(heard, new Set(["signal 10", "complaint /no/such/root: No such file or directory"]));
  const found = spawnSync("nsenter", [`--target=${running.pid}`, "--mount", "/bin/ls", "/"], { encoding: "utf8" });
  t.match(found, { status: 127 });
  await finish(running);
});
