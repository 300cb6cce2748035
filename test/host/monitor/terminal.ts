import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { join } from "node:path";
import type { Socket } from "node:net";
import t, { type Test } from "tap";
import { buildProgram } from "../fixtures/build-program.js";
import { shortDirectory } from "../../support/short-directory.js";
import { readAll, type RunningMonitor, startMonitor } from "./fixtures/running-monitor.js";
import { StubSupervisor } from "./fixtures/stub-supervisor.js";
import { TerminalDriver } from "./fixtures/terminal-driver.js";

const monitor = buildProgram("monitor", t.testdir({}));
const everyByte = Buffer.from([...Array(256).keys()]);
const { SIGCONT, SIGHUP, SIGINT, SIGUSR1 } = constants.signals;

async function readBytes(socket: Socket, length: number): Promise<Buffer> {
  let held = Buffer.alloc(0);
  while (held.length < length) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) held = Buffer.concat([held, chunk]);
    else await new Promise((resolve) => socket.once("readable", resolve));
  }
  return held;
}

/** Reads up to the line; a size may be told more than once. */
async function readTo(lines: AsyncIterator<string, undefined>, expected: string): Promise<void> {
  for (let next = await lines.next(); next.value !== expected; next = await lines.next()) {
    if (next.done === true || !next.value.startsWith("winsize ")) throw new Error(`${next.value} for ${expected}`);
  }
}

async function withConsole(t: Test): Promise<RunningMonitor & { driver: TerminalDriver; payload: unknown }> {
  const path = join(shortDirectory(t), "console.sock");
  const driver = TerminalDriver.start(t, "receive", [path]);
  await driver.event();
  // Not a leader of a process group, so that it can lead a session.
  const running = await startMonitor(t, [monitor], {
    stdio: "ignore",
    args: ["--stdio", "console", "--console-socket", path],
  });
  const received = await driver.event();
  t.match(received, { descriptors: 1, is_terminal: true, more: "" });
  return { ...running, driver, payload: received["payload"] };
}

async function onTerminal(
  t: Test,
  args: string[],
): Promise<{ stub: StubSupervisor; driver: TerminalDriver; pid: number }> {
  const stub = await StubSupervisor.listen(join(shortDirectory(t), "stdio.sock"));
  t.teardown(() => stub.die());
  const driver = TerminalDriver.start(t, "run", [monitor, ...stub.args, ...args]);
  const { pid, raw } = await driver.event();
  t.equal(raw, false);
  return { stub, driver, pid: pid as number };
}

t.test("sends the master of a new terminal to the console socket, with its name", async (t) => {
  const { stub, exited, payload } = await withConsole(t);
  t.match(payload, /^\/dev\/pts\/\d+$/);
  (await stub.stream("terminal")).end();
  (await stub.stream("control")).end("exit 5\n");
  t.equal(await exited, 5);
});

t.test("carries every byte unchanged both ways through the new terminal", async (t) => {
  const { stub, driver, exited } = await withConsole(t);
  const terminal = await stub.stream("terminal");
  driver.order({ write: everyByte });
  t.strictSame(await readBytes(terminal, 256), everyByte);
  const answer = randomBytes(300_000);
  terminal.end(answer);
  (await stub.stream("control")).end("exit 0\n");
  t.ok(answer.equals(await driver.output(answer.length)), "what was written before the exit arrives");
  t.equal(await exited, 0);
});

t.test("tells each size that the holder of the master sets", async (t) => {
  const { stub, driver, exited } = await withConsole(t);
  const { socket, lines } = await stub.control();
  for (const size of [
    [100, 40],
    [80, 24],
    [1, 65535],
  ] as const) {
    driver.order({ size });
    await readTo(lines, `winsize ${size.join(" ")}`);
  }
  (await stub.stream("terminal")).end();
  socket.write("exit 0\n");
  t.equal(await exited, 0);
});

t.test("a master that is closed hangs up on the process, and the monitor waits for its exit", async (t) => {
  const { stub, driver, exited } = await withConsole(t);
  const { socket, lines } = await stub.control();
  const terminal = await stub.stream("terminal");
  driver.hangUp();
  t.equal((await lines.next()).value, `signal ${SIGHUP}`);
  t.equal((await readAll(terminal)).length, 0);
  terminal.end();
  socket.write("exit 129\n");
  t.equal(await exited, 129);
});

t.test("says so when nobody listens at the console socket", async (t) => {
  const path = join(shortDirectory(t), "console.sock");
  const running = await startMonitor(t, [monitor], { args: ["--stdio", "console", "--console-socket", path] });
  const said = await readAll(running.child.stderr as NonNullable<typeof running.child.stderr>);
  t.equal(said.toString(), `tskata-monitor: connect to ${path}: No such file or directory\n`);
  t.equal(await running.exited, 255);
});

t.test("makes the caller's terminal raw while the process runs, and puts it back", async (t) => {
  for (const status of [0, 130]) {
    const { stub, driver } = await onTerminal(t, ["--stdio", "inherit-terminal", "--foreground"]);
    const terminal = await stub.stream("terminal");
    // The terminal is raw before anything is relayed.
    terminal.write("ready");
    t.equal((await driver.output(5)).toString(), "ready");
    driver.order({ write: everyByte, ask: true });
    t.strictSame(await driver.event(), { raw: true });
    t.strictSame(await readBytes(terminal, 256), everyByte);
    terminal.end(everyByte);
    t.strictSame(await driver.output(256), everyByte);
    (await stub.stream("control")).write(`exit ${status}\n`);
    driver.order({ wait: true });
    t.strictSame(await driver.event(), { status, raw: false });
  }
});

t.test("puts the caller's terminal back when the supervisor dies", async (t) => {
  const { stub, driver } = await onTerminal(t, ["--stdio", "inherit-terminal", "--foreground"]);
  const terminal = await stub.stream("terminal");
  terminal.write("ready");
  await driver.output(5);
  stub.die();
  driver.order({ wait: true });
  t.strictSame(await driver.event(), { status: 255, raw: false });
});

t.test("tells the size of the caller's terminal at first and at each change", async (t) => {
  const { stub, driver } = await onTerminal(t, ["--stdio", "inherit-terminal", "--foreground"]);
  const { socket, lines } = await stub.control();
  // One that has no size yet tells none.
  driver.order({ size: [120, 50] });
  await readTo(lines, "winsize 120 50");
  driver.order({ size: [90, 30] });
  await readTo(lines, "winsize 90 30");
  (await stub.stream("terminal")).end();
  socket.write("exit 0\n");
  driver.order({ wait: true });
  t.match(await driver.event(), { status: 0 });
});

t.test("makes the terminal raw again when it is continued", async (t) => {
  const { stub, driver } = await onTerminal(t, ["--stdio", "inherit-terminal", "--foreground"]);
  const { socket, lines } = await stub.control();
  const terminal = await stub.stream("terminal");
  terminal.write("ready");
  await driver.output(5);
  driver.order({ cook: true, ask: true });
  t.strictSame(await driver.event(), { raw: false });
  driver.order({ signal: SIGCONT });
  t.equal((await lines.next()).value, `signal ${SIGCONT}`);
  driver.order({ ask: true });
  t.strictSame(await driver.event(), { raw: true });
  terminal.end();
  socket.write("exit 0\n");
  driver.order({ wait: true });
  t.match(await driver.event(), { status: 0, raw: false });
});

t.test("leaves the terminal's own signals to a command in the foreground, and forwards them without one", async (t) => {
  for (const foreground of [true, false]) {
    const { stub, driver } = await onTerminal(t, foreground ? ["--foreground"] : []);
    const { socket, lines } = await stub.control();
    await stub.stream("stderr");
    driver.order({ write: Buffer.from("\x03") });
    // The echo comes after the signal was sent.
    t.equal((await driver.output(2)).toString(), "^C");
    driver.order({ signal: SIGUSR1 });
    const expected = foreground ? [SIGUSR1] : [SIGINT, SIGUSR1];
    const told = new Set<string | undefined>();
    while (told.size < expected.length) told.add((await lines.next()).value);
    t.strictSame(told, new Set(expected.map((number) => `signal ${number}`)));
    for (const kind of ["stdout", "stderr"]) (await stub.stream(kind)).end();
    socket.write("exit 0\n");
    driver.order({ wait: true });
    t.match(await driver.event(), { status: 0 });
  }
});
