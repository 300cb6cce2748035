import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { once } from "node:events";
import { constants as fileConstants, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import t from "tap";
import { buildProgram } from "../fixtures/build-program.js";
import { shortDirectory } from "../../support/short-directory.js";
import { readAll, type RunningMonitor, startMonitor } from "./fixtures/running-monitor.js";
import { StubSupervisor } from "./fixtures/stub-supervisor.js";

const monitor = buildProgram("monitor", t.testdir({}));

/** Prints a line when it listens, and the name and process of the descriptor that it gets. */
const RECEIVE_PIDFD = `
import re, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
name, [fd], _, _ = socket.recv_fds(listener.accept()[0], 100, 1)
pid = re.search(r"Pid:\\s*(\\d+)", open(f"/proc/self/fdinfo/{fd}").read())[1]
print(name.decode(), pid, flush=True)
`;

/** Lets a monitor end: no more output, then the exit. */
async function finish({ stub, exited }: RunningMonitor, status: number): Promise<number | string> {
  for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
  (await stub.stream("control")).end(`exit ${status}\n`);
  return exited;
}

t.test("leaves with every status that a process can have", async (t) => {
  for (const status of [0, 1, 127, 137, 255]) t.equal(await finish(await startMonitor(t, [monitor]), status), status);
});

t.test("leaves with 255 when the supervisor dies, output that nobody reads notwithstanding", async (t) => {
  const { stub, child, exited } = await startMonitor(t, [monitor]);
  (await stub.stream("stdout")).write(Buffer.alloc(4 * 1024 * 1024));
  await once(child.stdout as Readable, "readable");
  await stub.stream("stderr");
  stub.die();
  child.stdout?.destroy();
  t.equal(await exited, 255);
});

t.test("hands over what a dying supervisor still said", async (t) => {
  const { stub, child, exited } = await startMonitor(t, [monitor]);
  const stderr = await stub.stream("stderr");
  await new Promise((resolve) => stderr.write("last words", resolve));
  stub.die();
  t.equal((await readAll(child.stderr as Readable)).toString(), "last words");
  t.equal(await exited, 255);
});

for (const line of ["failed\n", "exit 256\n", "exit -1\n", "exit x\n", `${"x".repeat(100)}\n`]) {
  t.test(`leaves with 255 on ${JSON.stringify(line.slice(0, 12))}`, async (t) => {
    const { stub, exited } = await startMonitor(t, [monitor]);
    (await stub.stream("control")).write(line);
    t.equal(await exited, 255);
  });
}

t.test("reads the exit however it is split, and passes over lines that it doesn't know", async (t) => {
  const running = await startMonitor(t, [monitor]);
  const control = await running.stub.stream("control");
  control.setNoDelay();
  for (const kind of ["stdout", "stderr"]) (await running.stub.stream(kind)).end();
  for (const byte of "news of another time\nexit 42\n") await new Promise((resolve) => control.write(byte, resolve));
  t.equal(await running.exited, 42);
});

t.test("forwards every signal that can be caught", async (t) => {
  const running = await startMonitor(t, [monitor]);
  const { lines } = await running.stub.control();
  const kept = new Set<number>(
    ["KILL", "STOP", "ABRT", "BUS", "CHLD", "FPE", "ILL", "PIPE", "SEGV", "SYS", "TRAP"].map(
      (name) => constants.signals[`SIG${name}` as NodeJS.Signals],
    ),
  );
  const pid = running.child.pid as number;
  // 32 and 33 are the C library's own.
  const forwarded = [...Array(64).keys()].map((index) => index + 1).filter((n) => !kept.has(n) && n !== 32 && n !== 33);
  for (const number of forwarded) {
    process.kill(pid, number);
    t.equal((await lines.next()).value, `signal ${number}`);
  }
  t.equal(await finish(running, 0), 0);
});

t.test("a SIGPIPE is nothing to it", async (t) => {
  const running = await startMonitor(t, [monitor]);
  await running.stub.stream("stderr");
  running.child.kill("SIGPIPE");
  t.equal(await finish(running, 0), 0);
});

t.test("forwards though the caller left the signals blocked and ignored", async (t) => {
  const caller = `import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])`;
  const running = await startMonitor(t, ["python3", "-c", caller, monitor]);
  const { lines } = await running.stub.control();
  running.child.kill("SIGTERM");
  t.equal((await lines.next()).value, "signal 15");
  t.equal(await finish(running, 0), 0);
});

t.test("a signal ends the wait for a reader of the output once the process has ended", async (t) => {
  const { stub, child, exited } = await startMonitor(t, [monitor]);
  (await stub.stream("stdout")).write(Buffer.alloc(4 * 1024 * 1024));
  await once(child.stdout as Readable, "readable");
  const control = await stub.stream("control");
  await new Promise<void>((resolve) => control.end("exit 6\n", resolve));
  // What was forwarded before the exit was read goes nowhere: send it until it tells.
  while (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGTERM");
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.stdout?.destroy();
  t.equal(await exited, 6);
});

t.test("the supervisor sees a monitor that was killed", async (t) => {
  const { stub, child, exited } = await startMonitor(t, [monitor]);
  const { lines } = await stub.control();
  await stub.stream("stderr");
  child.kill("SIGKILL");
  t.equal((await lines.next()).done, true);
  t.equal(await exited, "SIGKILL");
});

t.test("closes descriptors that it inherits beyond the first three", async (t) => {
  const running = await startMonitor(t, [monitor], { stdio: ["pipe", "pipe", "pipe", "pipe", "ignore", "pipe"] });
  for (const fd of [3, 5]) t.equal((await readAll(running.child.stdio[fd] as Readable)).length, 0);
  t.equal(await finish(running, 0), 0);
});

t.test("puts /dev/null where a standard stream is closed", async (t) => {
  const running = await startMonitor(t, ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', monitor]);
  await running.stub.stream("stderr");
  t.equal((await readAll(await running.stub.stream("stdin"))).length, 0);
  t.equal(readlinkSync(`/proc/${running.child.pid}/fd/2`), "/dev/null");
  t.equal(await finish(running, 0), 0);
});

t.test("leaves the mode of the caller's pipes alone", async (t) => {
  const running = await startMonitor(t, ["bash", "-c", 'exec "$0" "$@" < <(cat) > >(cat)', monitor]);
  await running.stub.stream("stderr");
  for (const fd of [0, 1]) {
    const [, flags = ""] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/${running.child.pid}/fdinfo/${fd}`, "utf8")) ?? [];
    t.equal(Number.parseInt(flags, 8) & fileConstants.O_NONBLOCK, 0, `descriptor ${fd} blocks as before`);
  }
  running.child.stdin?.end();
  t.equal(await finish(running, 0), 0);
});

t.test("carries bytes where the pipes can't be opened again", { skip: process.getuid?.() !== 0 }, async (t) => {
  // The pipes are root's, the monitor is not.
  const enter =
    'chmod 711 "$(dirname "$0")" "$(dirname "$2")"; chmod 777 "$2"; exec setpriv --reuid 65534 --clear-groups';
  const redirect = "< <(cat) > >(cat) 2> >(cat >&2)";
  const running = await startMonitor(t, ["bash", "-c", `${enter} "$0" "$@" ${redirect}`, monitor]);
  const [sent, answered] = [Buffer.alloc(3_000_000, "in"), Buffer.alloc(3_000_000, "out")];
  running.child.stdin?.end(sent);
  (await running.stub.stream("stdout")).end(answered);
  t.ok(sent.equals(await readAll(await running.stub.stream("stdin"))));
  const collected = readAll(running.child.stdout as Readable);
  t.equal(await finish(running, 0), 0);
  t.ok(answered.equals(await collected));
});

t.test("reaches a socket whose path is longer than an address holds", async (t) => {
  const directory = join(shortDirectory(t), "d".repeat(200));
  mkdirSync(directory);
  process.chdir(directory);
  const stub = await StubSupervisor.listen("stdio.sock");
  t.teardown(() => process.chdir("/"));
  t.teardown(() => stub.die());
  const args = ["--process", "0123456789abcdef", "--socket", join(directory, "stdio.sock")];
  const child = spawn(monitor, args, { stdio: "ignore" });
  const exited = once(child, "close");
  (await stub.stream("control")).write("exit 9\n");
  for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
  t.equal((await exited)[0], 9);
});

t.test("says what is wrong with its arguments or the socket", async (t) => {
  const socket = join(shortDirectory(t), "none");
  const attempt = (...args: string[]): string => {
    const { status, stderr } = spawnSync(monitor, args, { encoding: "utf8" });
    t.equal(status, 255, args.join(" "));
    return stderr;
  };
  t.match(attempt(), /^tskata-monitor: usage: /);
  t.match(attempt("--socket", socket), /usage: /);
  t.match(attempt("--socket", socket, "--process", "p", "more"), /usage: /);
  t.match(attempt("--nonsense"), /usage: /);
  t.match(attempt("--socket", socket, "--process", "p", "--stdio", "tape"), /--stdio tape: unknown/);
  t.match(attempt("--socket", socket, "--process", "p", "--stdio", "console"), /--console-socket/);
  t.equal(
    attempt("--socket", socket, "--process", "p"),
    `tskata-monitor: connect to ${socket}: No such file or directory\n`,
  );
  const long = `/tmp/${"n".repeat(150)}`;
  t.equal(attempt("--socket", long, "--process", "p"), `tskata-monitor: connect to ${long}: File name too long\n`);
});

t.test("--pidfd-socket gets a descriptor of the monitor itself", async (t) => {
  const directory = shortDirectory(t);
  const path = join(directory, "pidfd.sock");
  const receiver = spawn("python3", ["-c", RECEIVE_PIDFD, path], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const running = await startMonitor(t, [monitor, "--pidfd-socket", path]);
  t.equal((await lines.next()).value, `pidfd ${running.child.pid}`);
  t.equal(await finish(running, 0), 0);
});
