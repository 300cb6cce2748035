import { once } from "node:events";
import type { Duplex } from "node:stream";
import t from "tap";
import type { LauncherProcess } from "../../../src/agent/kernel/launcher.js";
import type { PreservedFd } from "../../../src/protocol/preserved-fds.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { pipesOf, readAll, readLines, startPlan } from "./fixtures/run-plan.js";

const MEBIBYTE = 1 << 20;

/** Starts a shell script that has these descriptors from 3 up. */
async function startScript(script: string, ...preservedFds: PreservedFd[]): Promise<LauncherProcess> {
  return startPlan({ ...plainPlan(["bash", "-c", script]), preservedFds });
}

function streamAt(launched: LauncherProcess, fd: number): Duplex {
  const preserved = launched.preservedFds[fd - 3];
  if (preserved === undefined) throw new Error(`there is no descriptor ${fd}`);
  return preserved.stream;
}

/** Settles when it is closed, broken or not, which it may be already. */
async function closing(stream: Duplex): Promise<void> {
  if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
}

/** What it wrote to its standard output and standard error, with its end. */
async function outcome(launched: LauncherProcess): Promise<{ stdout: string; stderr: string; status: number }> {
  const { stdin, stdout, stderr } = pipesOf(launched);
  stdin.end();
  const [out, error, exit] = await Promise.all([readAll(stdout), readAll(stderr), launched.exited]);
  return { stdout: out.toString(), stderr: error.toString(), ...exit };
}

void t.test("a process has its descriptors at their numbers, and no others", async (t) => {
  const launched = await startScript(
    'cd /proc/self/fd && for fd in *; do test -e $fd && printf "%s " $fd $(stat -L -c %F $fd); done; true',
    "r",
    "w",
    "b",
    "r",
  );
  t.match(await outcome(launched), {
    stdout: /^0 fifo 1 fifo 2 fifo 3 fifo 4 fifo 5 socket 6 fifo $/,
    stderr: "",
    status: 0,
  });
});

void t.test("what is read of a descriptor comes whole, with its end, and through /proc too", async (t) => {
  const launched = await startScript("cat /proc/self/fd/4; cat <&3", "r", "r");
  streamAt(launched, 3).end("three\n");
  streamAt(launched, 4).end("four\n");
  t.match(await outcome(launched), { stdout: "four\nthree\n", status: 0 });
});

void t.test("what was written to a descriptor may be read long after the process has ended", async (t) => {
  const launched = await startScript("echo one >&3; echo two > /proc/self/fd/4; sleep 1000 & echo $!", "w", "w");
  const { stdout, status } = await outcome(launched);
  t.equal(status, 0);
  t.equal((await readAll(streamAt(launched, 3))).toString(), "one\n");
  t.equal((await readAll(streamAt(launched, 4))).toString(), "two\n", "though a process left behind has it still");
  t.equal(process.kill(Number(stdout), "SIGKILL"), true);
});

void t.test("a process that nobody reads waits, and goes on", async (t) => {
  const launched = await startScript(`dd if=/dev/zero bs=1M count=4 >&3 2>/dev/null && echo done`, "w");
  const result = outcome(launched);
  const stream = streamAt(launched, 3);
  await once(stream, "readable");
  t.equal((await readAll(stream)).length, 4 * MEBIBYTE);
  t.match(await result, { stdout: "done\n", status: 0 });
});

void t.test("one end of a socket may end before the other", async (t) => {
  const launched = await startScript("cat <&3; echo answer >&3", "b");
  const stream = streamAt(launched, 3);
  stream.end("question\n");
  t.equal((await readAll(stream)).toString(), "answer\n");
  t.match(await outcome(launched), { stdout: "question\n", status: 0 });
});

void t.test("a descriptor that the process closes is closed for whoever is at the other end", async (t) => {
  const launched = await startScript("exec 3<&- 4>&- 5<&-; echo closed; read line", "r", "w", "b");
  const ends = [closing(streamAt(launched, 3)), readAll(streamAt(launched, 4)), readAll(streamAt(launched, 5))];
  const { stdin, stdout } = pipesOf(launched);
  t.same(await readLines(stdout, 1), ["closed"]);
  await Promise.all(ends);
  stdin.end("go on\n");
  t.same(await launched.exited, { status: 0 });
});

void t.test("whoever goes away before the process ends its output", async (t) => {
  const launched = await startScript("trap '' PIPE; read line; echo lost >&3 || echo broken", "w");
  streamAt(launched, 3).destroy();
  const { stdin, stdout } = pipesOf(launched);
  stdin.end("go on\n");
  t.equal((await readAll(stdout)).toString(), "broken\n");
  t.same(await launched.exited, { status: 0 });
});

void t.test("input that nobody reads ends with the process", async (t) => {
  const launched = await startScript("exit 5", "r", "b");
  const closed = [closing(streamAt(launched, 3)), closing(streamAt(launched, 4))];
  streamAt(launched, 3).write(Buffer.alloc(4 * MEBIBYTE));
  streamAt(launched, 4).write(Buffer.alloc(4 * MEBIBYTE));
  streamAt(launched, 4).resume();
  t.match(await outcome(launched), { status: 5 });
  await Promise.all(closed);
});

void t.test("as many descriptors as there may be reach the process", async (t) => {
  const directions = Array.from({ length: 64 }, (): PreservedFd => "b");
  const launched = await startScript("echo last >&66; read line <&66; echo $line", ...directions);
  const stream = streamAt(launched, 66);
  stream.write("first\n");
  t.same(await readLines(stream, 1), ["last"]);
  for (const each of launched.preservedFds) each.stream.resume();
  t.match(await outcome(launched), { stdout: "first\n", status: 0 });
});
