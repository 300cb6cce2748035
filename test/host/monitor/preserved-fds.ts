import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import t from "tap";
import { buildProgram } from "../fixtures/build-program.js";
import { readAll, type RunningMonitor, startMonitor } from "./fixtures/running-monitor.js";

const MEBIBYTE = 1 << 20;
const PIPES = ["pipe", "pipe", "pipe"] as const;
const folder = t.testdir({});
const [monitor, release] = [buildProgram("monitor", folder, "sanitized"), buildProgram("monitor", folder)];

/** The caller's end of one of its descriptors. */
function callerAt({ child }: RunningMonitor, fd: number): Duplex {
  return (child.stdio as readonly unknown[])[fd] as Duplex;
}

/** Lets the process end; what it wrote elsewhere is through. */
async function finish({ stub, exited }: RunningMonitor): Promise<number | string> {
  for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
  (await stub.stream("control")).end("exit 0\n");
  return exited;
}

t.test("reads a file from its offset, and writes behind another's", async (t) => {
  const directory = t.testdir({ in: "skipped, read", out: "old " });
  const input = openSync(join(directory, "in"), "r");
  const appended = openSync(join(directory, "out"), "a");
  readSync(input, Buffer.alloc(9), 0, 9, null);
  const running = await startMonitor(t, [monitor], {
    stdio: [...PIPES, input, appended],
    args: ["--preserved-fds", "rw"],
  });
  closeSync(input);
  closeSync(appended);
  t.equal((await readAll(await running.stub.stream("fd3"))).toString(), "read");
  (await running.stub.stream("fd4")).end("new");
  t.equal(await finish(running), 0);
  t.equal(readFileSync(join(directory, "out"), "utf8"), "old new");
});

t.test("carries a socket both ways, and passes on each end by itself", async (t) => {
  const running = await startMonitor(t, [monitor], { stdio: [...PIPES, "pipe"], args: ["--preserved-fds", "b"] });
  const caller = callerAt(running, 3);
  caller.allowHalfOpen = true;
  const stream = await running.stub.stream("fd3");
  const sent = Buffer.alloc(4 * MEBIBYTE, "sent");
  caller.end(sent);
  const chunks: Buffer[] = [];
  // (Reading by iteration would close it at the end.)
  stream.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(stream, "end");
  t.ok(sent.equals(Buffer.concat(chunks)));
  stream.end("answer");
  t.equal((await readAll(caller)).toString(), "answer", "after the end of what went the other way");
  t.equal(await finish(running), 0);
});

t.test("waits for output at its end, and not for input that nobody closes", async (t) => {
  const stdio = [...PIPES, "pipe", "pipe", "pipe"] as const;
  const running = await startMonitor(t, [monitor], { stdio: [...stdio], args: ["--preserved-fds", "rwb"] });
  const exit = once(running.child, "exit");
  const output = await running.stub.stream("fd4");
  const both = await running.stub.stream("fd5");
  for (const kind of ["stdout", "stderr"]) (await running.stub.stream(kind)).end();
  const control = await running.stub.stream("control");
  await new Promise<void>((resolve) => control.end("exit 7\n", resolve));
  output.end(Buffer.alloc(4 * MEBIBYTE));
  both.end("last");
  const ends = await Promise.all([readAll(callerAt(running, 4)), readAll(callerAt(running, 5))]);
  t.equal(ends[0].length, 4 * MEBIBYTE);
  t.equal(ends[1].toString(), "last");
  const [status] = (await exit) as [number];
  t.equal(status, 7);
  callerAt(running, 3).destroy();
});

t.test("closes what the process has closed, while it goes on", async (t) => {
  const running = await startMonitor(t, [monitor], {
    stdio: [...PIPES, "pipe", "pipe"],
    args: ["--preserved-fds", "rw"],
  });
  const [input, output] = [callerAt(running, 3), callerAt(running, 4)];
  (await running.stub.stream("fd3")).destroy();
  (await running.stub.stream("fd4")).end("through");
  t.equal((await readAll(output)).toString(), "through");
  t.equal((await readAll(input)).length, 0);
  t.equal(await finish(running), 0);
});

t.test("hangs up on a process whose reader has gone", async (t) => {
  const running = await startMonitor(t, [monitor], { stdio: [...PIPES, "pipe"], args: ["--preserved-fds", "w"] });
  callerAt(running, 3).destroy();
  const stream = await running.stub.stream("fd3");
  stream.write("lost");
  stream.resume();
  await once(stream, "end");
  t.equal(await finish(running), 0);
});

t.test("says who it is behind the descriptors of the process", async (t) => {
  const args = ["--preserved-fds", "r", "--namespaces", "pid,uts"];
  const running = await startMonitor(t, [release], { stdio: [...PIPES, "pipe", "pipe"], args });
  const [line] = (await once(callerAt(running, 4), "data")) as [Buffer];
  t.match(line.toString(), /^\d+\n$/);
  callerAt(running, 3).end("three");
  t.equal((await readAll(await running.stub.stream("fd3"))).toString(), "three");
  t.equal(await finish(running), 0);
});

t.test("refuses sockets whose bytes can't be carried elsewhere, and what it doesn't know", async (t) => {
  const start = (python: string, directions = "r"): { status: number | null; stderr: string } => {
    const program = `import os, socket, sys
${python}
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[1], sys.argv[1:])`;
    const args = ["--socket", "/nowhere", "--process", "token", "--preserved-fds", directions];
    return spawnSync("python3", ["-c", program, monitor, ...args], { encoding: "utf8" });
  };
  const listening = start('s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()', "b");
  t.match(listening, {
    status: 255,
    stderr: /preserved descriptor 3 is a listening socket: .*; pass a connected one\n$/,
  });
  const datagram = start("s, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)", "b");
  t.match(datagram, {
    status: 255,
    stderr: /descriptor 3 is a socket that keeps messages apart.*; pass a stream socket\n$/,
  });
  t.match(start("s = open('/dev/null')", "x"), { status: 255, stderr: /--preserved-fds x: up to 64 of r, w and b/ });
  t.match(start("s = open('/dev/null')", "r".repeat(65)), { status: 255, stderr: /up to 64 of r, w and b/ });
});
