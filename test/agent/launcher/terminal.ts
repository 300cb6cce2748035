import t from "tap";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan } from "./fixtures/container-plan.js";
import { rejectsWith, readAll, startPlan, terminalOf } from "./fixtures/run-plan.js";
import type { Operation } from "../../../src/agent/kernel/operation.js";

const root = t.testdir();
makeBusyboxRoot(root);

const OPEN: Operation[] = [
  { op: "setsid" },
  { op: "open-terminal", columns: 100, rows: 30, console: "/dev/console" },
  { op: "own-stdio", uid: 0 },
];

function terminalPlan(script: string, extra: readonly Operation[] = OPEN) {
  return containerPlan(root, ["sh", "-c", script], { terminal: true, extra });
}

/** Reads until `text` has been seen. */
async function readUntil(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  let seen = "";
  while (!seen.includes(text)) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) seen += chunk.toString();
    else await new Promise((resolve) => stream.once("readable", resolve));
  }
  return seen;
}

void t.test("the process has the container's own terminal, with the size asked for", async (t) => {
  const launched = await startPlan(terminalPlan("tty; stty size; ls -l /dev/console /dev/pts"));
  const output = (await readAll(terminalOf(launched))).toString();
  t.match(output, /^\/dev\/pts\/0\r\n30 100\r\n/);
  t.match(output, /crw--w---- +1 0 +5 +136, +0 .* \/dev\/console/);
  t.same(await launched.exited, { status: 0 });
});

void t.test("/dev/console is the terminal", async (t) => {
  const launched = await startPlan(terminalPlan("echo to the console > /dev/console"));
  t.equal((await readAll(terminalOf(launched))).toString(), "to the console\r\n");
});

void t.test("what is typed is echoed and read", async (t) => {
  const launched = await startPlan(terminalPlan("read line; echo got $line; exit 5"));
  const terminal = terminalOf(launched);
  terminal.write("words\n");
  t.equal((await readAll(terminal)).toString(), "words\r\ngot words\r\n");
  t.same(await launched.exited, { status: 5 });
});

void t.test("a resize is told to the process", async (t) => {
  const launched = await startPlan(
    terminalPlan("trap 'stty size; exit 0' WINCH; echo ready; while :; do read x; done"),
  );
  const terminal = terminalOf(launched);
  await readUntil(terminal, "ready");
  launched.resize(132, 43);
  t.match((await readAll(terminal)).toString(), "43 132");
  t.same(await launched.exited, { status: 0 });
});

void t.test("ctrl-c interrupts the foreground process", async (t) => {
  const launched = await startPlan(
    terminalPlan("trap 'echo interrupted; exit 6' INT; echo ready; while :; do sleep 1; done"),
  );
  const terminal = terminalOf(launched);
  await readUntil(terminal, "ready");
  terminal.write("\x03");
  t.match((await readAll(terminal)).toString(), "interrupted");
  t.same(await launched.exited, { status: 6 });
});

void t.test("a process that leaves its terminal for a while can come back to it", async (t) => {
  const script = "exec 0<&- 1>&- 2>&-; exec </dev/tty >/dev/tty 2>&1; echo back";
  const launched = await startPlan(terminalPlan(script, [...OPEN]));
  t.match((await readAll(terminalOf(launched))).toString(), /back/);
  await launched.exited;
});

void t.test("a flood of output ends whole", async (t) => {
  const launched = await startPlan(terminalPlan("stty raw; cat /bin/busybox; echo; echo end"));
  const output = await readAll(terminalOf(launched));
  t.match(output.subarray(-5).toString(), "end");
  t.ok(output.length > 500_000);
  t.same(await launched.exited, { status: 0 });
});

void t.test("a /dev/ptmx that is something else is refused", async (t) => {
  const fake: Operation[] = [
    { op: "remove-file", path: "/dev/ptmx" },
    { op: "make-file", path: "/dev/ptmx", mode: 0o666 },
    ...OPEN,
  ];
  const launched = await startPlan(terminalPlan("true", fake));
  await rejectsWith(t, launched.ready(), { operation: "open-terminal", errno: "ENODEV" });
  terminalOf(launched).destroy();
});
