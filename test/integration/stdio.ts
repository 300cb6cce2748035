import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import t from "tap";
import { ForegroundRun } from "../support/foreground-run.js";
import { TestTskata } from "../support/tskata.js";

const CHUNK_BYTES = 1024 * 1024;
const STREAM_CHUNKS = 200;
/** Far less than the stream, and well above what Node needs for itself. */
const MEMORY_BOUND_KIB = 150 * 1024;
/** As often a container that has ended is asked for its state before its monitor goes on. */
const QUESTIONS_UNHEARD = 3;

t.test("200 MB of random bytes come back through cat unchanged and in bounded memory", async (t) => {
  const tskata = new TestTskata(t);
  const id = tskata.newId();
  const bundle = tskata.bundle({ process: { args: ["cat"] } });
  const child = tskata.spawn(["run", "--bundle", bundle, id]);
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("no pipes");
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  let receivedBytes = 0;
  let peakKib: Record<string, number> = {};
  stdout.on("data", (chunk: Buffer) => {
    received.update(chunk);
    receivedBytes += chunk.length;
  });
  let errors = "";
  stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, "close");
  for (let count = 0; count < STREAM_CHUNKS; count += 1) {
    const chunk = randomBytes(CHUNK_BYTES);
    sent.update(chunk);
    if (!stdin.write(chunk)) await once(stdin, "drain");
    if (count === STREAM_CHUNKS - 1) {
      const { supervisor, monitor } = tskata.record(id);
      peakKib = { command: peakOf(child.pid), supervisor: peakOf(supervisor?.pid), monitor: peakOf(monitor?.pid) };
    }
  }
  stdin.end();
  t.strictSame(await ended, [0, null], errors);
  t.equal(receivedBytes, STREAM_CHUNKS * CHUNK_BYTES);
  t.equal(received.digest("hex"), sent.digest("hex"));
  for (const [name, kib] of Object.entries(peakKib)) {
    t.ok(kib > 0 && kib < MEMORY_BOUND_KIB, `${name} took at most ${kib} KiB`);
  }
  t.strictSame(await tskata.leaks(), []);
});

t.test("a container counts as stopped when all that it has said was passed on", async (t) => {
  const tskata = new TestTskata(t);
  const script = "trap 'echo last; exit' TERM; echo first; while :; do sleep 0.1; done";
  const container = await tskata.start(tskata.bundle({ process: { args: ["sh", "-c", script] } }));
  const { id, pid } = container;
  while (!container.output().includes("first")) await tskata.status(id);
  process.kill(pid, "SIGSTOP");
  await tskata.ok(["kill", id, "TERM"]);
  for (let asked = 0; (await tskata.status(id)) !== "stopped"; asked += 1) {
    if (asked === QUESTIONS_UNHEARD) process.kill(pid, "SIGCONT");
  }
  t.equal(container.output(), "first\nlast\n");
});

t.test("a process' streams, in one container", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const sh = (script: string): string[] => ["exec", id, "sh", "-c", script];

  t.test("standard output and error stay apart, bytes and all", async (t) => {
    const result = await tskata.run(sh(String.raw`printf '\000\377\r\n'; printf 'to error' >&2`));
    t.match(result, { status: 0, stderr: "to error" });
    t.strictSame([...result.stdout], [0, 255, 13, 10]);
  });

  t.test("standard input ends where the caller's ends", async (t) => {
    t.equal(await tskata.ok(sh("cat; echo end"), { input: "some\n" }), "some\nend");
    t.equal(await tskata.ok(sh("cat; echo end")), "end");
  });

  t.test("input is answered while it stays open", async (t) => {
    const cat = new ForegroundRun(tskata, ["exec", id, "cat"]);
    cat.type("one\n");
    await cat.says(/one/);
    cat.type("two\n");
    await cat.says(/two/);
    cat.child.stdin?.end();
    t.match(await cat.ended, { status: 0, text: "one\ntwo" });
  });

  t.test("input that nobody reads doesn't keep the process or the command", async (t) => {
    t.match(await tskata.run(sh("exit 4"), { input: randomBytes(4 * CHUNK_BYTES) }), { status: 4 });
  });

  t.test("a reader that leaves ends the writer, as on a pipe", async (t) => {
    const yes = tskata.spawn(sh("yes; echo $? > /status"));
    await once(yes.stdout ?? yes, "data");
    yes.stdout?.destroy();
    await once(yes, "exit");
    t.equal(await tskata.ok(["exec", id, "cat", "/status"]), String(128 + 13), "yes died of SIGPIPE");
  });

  t.test("output of a process is complete when the command ends", async (t) => {
    const { stdout } = await tskata.run(sh("dd if=/dev/zero bs=65536 count=64 2>/dev/null; echo last"));
    t.equal(stdout.length, 64 * 65_536 + 5);
    t.equal(stdout.subarray(-5).toString(), "last\n");
  });

  t.test("/dev/stdout and /dev/stderr can be opened anew", async (t) => {
    t.match(await tskata.run(sh("echo out > /dev/stdout; echo err > /dev/stderr")), { text: "out", stderr: "err\n" });
  });

  t.test("exit statuses are the process' own, or 128 and the signal", async (t) => {
    t.match(await tskata.run(sh("exit 42")), { status: 42 });
    t.match(await tskata.run(sh("kill -KILL $$")), { status: 137 });
    t.match(await tskata.run(sh("kill -SEGV $$")), { status: 139 });
  });

  t.test("many execs at once don't mix their streams", async (t) => {
    const texts = Array.from({ length: 12 }, (_, index) => `text ${index} ${"x".repeat(1000)}`);
    const answers = await Promise.all(texts.map((input) => tskata.ok(["exec", id, "cat"], { input })));
    t.strictSame(answers, texts);
  });

  t.test("exec --detach returns while the process runs", async (t) => {
    const child = tskata.spawn(["exec", "--detach", ...sh("echo $$ > /pid; exec sleep 1000").slice(1)], {
      stdio: "ignore",
    });
    t.strictSame(await once(child, "exit"), [0, null]);
    await tskata.ok(sh("until test -s /pid; do sleep 0.1; done; kill -9 $(cat /pid)"));
  });
});

function peakOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}
