import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { processEnd } from "../support/process-end.js";
import { TestTerminal } from "../support/terminal.js";
import { collect, type CreatedContainer, TestTskata } from "../support/tskata.js";

const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));
/** Counts the lines that it reads, and ends with that number when there are no more. */
const COUNT = 'n=0; while read -r line; do n=$((n + 1)); echo "$line $n"; done; exit $n';

/**
 * Waits for a signal with a word in its memory. The loop is for BusyBox 1.37,
 * whose sleep ends where CRIU has its system call return EINTR.
 */
const KEEP = 'trap "echo $secret > /dev/shm/answer; exit 3" TERM; secret=kept; while :; do sleep 1000 & wait $!; done';

t.test("a container goes on in another VM, with its memory, files, mounts and limits", async (t) => {
  const tskata = new TestTskata(t);
  const images = join(tskata.directory, "images");
  const source = join(tskata.directory, "source");
  const nested = join(tskata.directory, "nested");
  mkdirSync(source, { mode: 0o755 });
  mkdirSync(nested, { mode: 0o755 });
  writeFileSync(join(source, "file"), "of the host\n");
  const bundle = tskata.bundle({
    process: {
      args: ["sh", "-c", KEEP],
    },
    mounts: [
      ...(busyboxSpec().mounts ?? []),
      { destination: "/data", type: "bind", source, options: ["bind"] },
      { destination: "/data/nested", type: "bind", source: nested, options: ["bind"] },
      { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
    ],
    linux: {
      ...busyboxSpec().linux,
      resources: { memory: { limit: 200 * 1024 * 1024 } },
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }],
      },
    },
  });
  const { id } = await tskata.start(bundle);
  const first = tskata.record(id).sandboxId;
  await tskata.ok(["exec", id, "sh", "-c", "echo saved > /tmp/saved"]);
  await tskata.ok(["checkpoint", "--image-path", images, "--work-path", images, id]);
  t.ok(existsSync(join(images, "inventory.img")));
  t.match(readFileSync(join(images, "dump.log"), "utf8"), /Dumping finished successfully/);
  t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  t.same(await tskata.leaks(), []);

  rmSync(join(source, "nested"), { recursive: true });
  const files = ["--image-path", images, "--bundle", bundle, "--pid-file", join(tskata.directory, "pid")];
  const restored = tskata.spawn(["restore", "-d", ...files, id], { stdio: "ignore" });
  await withDeadline("restore", 60_000, () => new Promise((resolve) => restored.once("exit", resolve)));
  t.equal(await tskata.status(id), "running");
  t.not(tskata.record(id).sandboxId, first);
  t.equal(Number(readFileSync(join(tskata.directory, "pid"), "utf8")), tskata.record(id).monitor?.pid);
  const script =
    "cat /tmp/saved /data/file; echo new > /data/nested/x; cat /sys/fs/cgroup/memory.max /proc/self/cgroup";
  t.same((await tskata.ok(["exec", id, "sh", "-c", script])).split("\n"), [
    "saved",
    "of the host",
    String(200 * 1024 * 1024),
    "0::/",
  ]);
  t.equal(readFileSync(join(nested, "x"), "utf8"), "new\n");
  t.match(await tskata.ok(["exec", id, "grep", "Seccomp:", "/proc/1/status"]), /2$/);
  const ended = processEnd(tskata.record(id).monitor?.pid ?? 0);
  await tskata.ok(["kill", id, "TERM"]);
  await ended;
  t.equal(tskata.record(id).exitStatus, 3, "its own handler ran");
});

/** Starts a container that reads from a pipe of the test's, and waits until it has echoed a line. */
async function counting(
  t: Test,
  tskata: TestTskata,
  command: string[],
): Promise<{ say: (line: string) => Promise<void>; end: () => Promise<number | null> }> {
  const child = tskata.spawn(command);
  let output = "";
  const heard = new EventTarget();
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    heard.dispatchEvent(new Event("data"));
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  t.teardown(() => closed);
  const says = async (text: string): Promise<void> => {
    while (!output.includes(text))
      await new Promise((resolve) => heard.addEventListener("data", resolve, { once: true }));
  };
  return {
    say: async (line) => {
      child.stdin?.write(`${line}\n`);
      await withDeadline(`echo of ${line}`, 60_000, () => says(`${line} `));
      t.comment(output);
    },
    end: async () => {
      child.stdin?.end();
      return closed;
    },
  };
}

t.test("its standard streams are those of who restores it, and its status is the command's", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ process: { args: ["sh", "-c", COUNT] } });
  const id = tskata.newId();
  const images = join(tskata.directory, "images");
  const first = await counting(t, tskata, ["run", "--bundle", bundle, id]);
  await first.say("one");
  await first.say("two");
  await tskata.ok(["pause", id]);
  await tskata.ok(["checkpoint", "--image-path", images, "--leave-running", id]);
  t.equal(await tskata.status(id), "paused", "as ctr has it");
  await tskata.ok(["resume", id]);
  await first.say("three");
  t.equal(await first.end(), 3, "it went on");

  const second = await counting(t, tskata, ["restore", "--image-path", images, "--bundle", bundle, id]);
  await second.say("other");
  await second.say("more");
  await second.say("last");
  t.equal(await second.end(), 5, "from two on");
  t.match(await tskata.run(["state", id]), { status: 1 });
});

t.test("a terminal is the new one, with what was begun on the old", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle({ process: { terminal: true, args: ["sh"] } });
  const id = tskata.newId();
  const images = join(tskata.directory, "images");
  const onTerminal = (...args: string[]): TestTerminal =>
    TestTerminal.run([COMMAND, "--root", tskata.stateRoot, ...args], { env: { TSKATA_CONFIG: tskata.configPath } });
  const before = onTerminal("run", "--bundle", bundle, id);
  before.type("word=kept; tty\r");
  await before.shows(/\/dev\/(pts\/0|console)\r\n/);
  await tskata.ok(["checkpoint", "--image-path", images, id]);
  await before.ended();
  const after = onTerminal("restore", "--image-path", images, "--bundle", bundle, id);
  after.type("echo it is $word\r");
  await after.shows(/it is kept\r\n/);
  after.type("exit 4\r");
  t.equal(await after.ended(), 4);
});

t.test("a checkpoint that is interrupted is carried out", async (t) => {
  const tskata = new TestTskata(t);
  const images = join(tskata.directory, "images");
  mkdirSync(images);
  const { id } = await tskata.start(tskata.bundle({ process: { args: ["sleep", "1000"] } }));
  const watcher = watch(images);
  const begun = once(watcher, "change");
  const checkpoint = tskata.spawn(["checkpoint", "--image-path", images, id]);
  const result = collect(checkpoint, "checkpoint", 60_000);
  await begun;
  watcher.close();
  checkpoint.kill("SIGINT");
  t.match(await result, { status: 0, stderr: /SIGINT is passed over/ });
  t.match(await tskata.run(["state", id]), { status: 1, stderr: /does not exist/ });
  t.match(readFileSync(join(images, "dump.log"), "utf8"), /Dumping finished successfully/);
});

t.test("what can't be saved or restored is an error, and the container goes on or is gone", async (t) => {
  const tskata = new TestTskata(t);
  const images = join(tskata.directory, "images");
  const bundle = tskata.bundle({ process: { args: ["sleep", "1000"] } });
  const created: CreatedContainer = await tskata.create(bundle);
  t.match(await tskata.run(["checkpoint", "--image-path", images, created.id]), { status: 1, stderr: /is created/ });
  await tskata.ok(["start", created.id]);
  const executed = tskata.spawn(["exec", "-d", created.id, "sleep", "1000"], { stdio: "ignore" });
  t.equal(await new Promise((resolve) => executed.once("exit", resolve)), 0);
  t.match(await tskata.run(["checkpoint", "--image-path", images, created.id]), {
    status: 1,
    stderr: /1 of them run in it; end them first/,
  });
  writeFileSync(join(tskata.directory, "file"), "");
  const notThere = ["checkpoint", "--image-path", join(tskata.directory, "file", "x"), created.id];
  t.match(await tskata.run(notThere), { status: 1, stderr: /make the directory/ });
  t.equal(await tskata.status(created.id), "running");
  const other = tskata.newId();
  t.match(await tskata.run(["restore", "--image-path", images, "--bundle", bundle, other]), {
    status: 1,
    stderr: /has no checkpoint: choose a directory/,
  });
  mkdirSync(images, { recursive: true });
  writeFileSync(join(images, "inventory.img"), "damaged");
  for (const file of ["tskata.json", "descriptors.json"]) writeFileSync(join(images, file), "[]");
  const damaged = await tskata.run(["restore", "--image-path", images, "--bundle", bundle, other]);
  t.match(damaged, { status: 1, stderr: /criu: .*; see .*restore\.log/ });
  t.match(await tskata.run(["state", other]), { status: 1, stderr: /does not exist/ });
});
