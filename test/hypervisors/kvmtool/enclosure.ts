import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { enclosed, type EnclosedPart, librariesOf, parseLibraries } from "../../../hypervisors/kvmtool/enclosure.js";
import { ENCLOSURE } from "../../support/built-programs.js";

const needsRoot = { skip: process.getuid?.() === 0 ? false : "only root can shut programs in" };
const BUSYBOX = "/bin/busybox";

/** Runs busybox shut in, with a directory at /shared and /proc, and gives what it prints. */
async function inside(t: Test, script: string, identity = {}): Promise<string> {
  const [program = "", ...args] = await command(t, script, identity);
  const { stdout } = await promisify(execFile)(program, args, { env: { PATH: "/bin" } });
  return stdout;
}

async function command(t: Test, script: string, identity = {}, hasTerminals = false): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), "enclosure-"));
  t.teardown(() => rm(directory, { recursive: true }));
  const [root, shared] = [await mkdtemp(join(directory, "root-")), await mkdtemp(join(directory, "shared-"))];
  await writeFile(join(shared, "greeting"), "hello\n");
  const parts: EnclosedPart[] = [
    { source: BUSYBOX, target: "/bin/busybox", access: "ro" },
    { source: shared, target: "/shared/deep", access: "rw" },
    { source: "/dev/null", target: "/dev/null", access: "rw" },
    { source: "/proc", target: "/proc", access: "ro" },
  ];
  const who = { user: { uid: 0, gid: 0 }, groups: [], capabilities: ["chown"], ...identity } as const;
  return enclosed({ program: ENCLOSURE, root, identity: who, parts, hasTerminals }, [BUSYBOX, "sh", "-c", script]);
}

t.test("a program that is shut in sees what it was given, and nothing else", needsRoot, async (t) => {
  const listing = await inside(t, "busybox ls /; busybox ls /dev; busybox cat /shared/deep/greeting");
  t.equal(listing, "bin\ndev\nproc\nshared\nnull\nhello\n");
  const script =
    "busybox touch /x; busybox touch /bin/busybox; busybox ln -s ../../../etc /shared/deep/e; busybox ls /shared/deep/e/";
  t.equal(
    await inside(t, `(${script}) 2>&1 | busybox sed 's/.*: //'`),
    "Read-only file system\nRead-only file system\nNo such file or directory\n",
  );
  t.equal(
    await inside(t, "echo x > /dev/null && busybox cat /proc/net/dev | busybox grep -c :"),
    "1\n",
    "a network of its own",
  );
});

t.test("it can be given terminals of its own, the first as its standard streams", needsRoot, async (t) => {
  const script = "echo ready >&2; read word; echo said $word; busybox ls -1 /dev/pts /dev/ptmx; read end";
  const [program = "", ...args] = await command(t, script, {}, true);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "/bin" } });
  await once(child.stderr, "data");
  const terminal = `/proc/${child.pid}/root/dev/pts/0`;
  const reader = spawn("cat", [terminal], { stdio: ["ignore", "pipe", "ignore"] });
  const say = (word: string) => promisify(execFile)("sh", ["-c", `echo ${word} > ${terminal}`]);
  await say("something");
  // Raw: nothing is echoed, and no line is changed.
  const expected = "said something\n/dev/ptmx\n\n/dev/pts:\n0\nptmx\n";
  let heard = "";
  for await (const chunk of reader.stdout.setEncoding("utf8")) {
    heard += String(chunk);
    // What wasn't read before its end is lost.
    if (heard.length === expected.length) await say("end");
  }
  t.equal(heard, expected);
});

t.test("it has the identity and rights that it was given, for good", needsRoot, async (t) => {
  const status = await inside(t, "busybox grep -E '^(Uid|Groups|Cap...|NoNewPrivs)' /proc/self/status", {
    user: { uid: 123, gid: 45 },
    groups: [7, 8],
    capabilities: ["net_admin", "setfcap"],
  });
  const fields = Object.fromEntries(status.split("\n").map((line) => line.split(/:\s*/)));
  t.match(fields, { Uid: "123\t123\t123\t123", Groups: "7 8", NoNewPrivs: "1" });
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) t.equal(fields[set], "0000000080001000", set);
});

t.test("it dies with whoever has started it", needsRoot, async (t) => {
  const quoted = (await command(t, "echo ready; exec busybox sleep 1000")).map((word) => `'${word}'`).join(" ");
  const parent = spawn("sh", ["-c", `${quoted} & wait`], { stdio: ["ignore", "pipe", "inherit"] });
  // It holds the pipe: its end is the pipe's.
  const ended = once(parent.stdout, "end");
  await once(parent.stdout, "data");
  parent.stdout.resume();
  parent.kill("SIGKILL");
  await t.resolves(ended);
});

t.test("it says what it can't do", needsRoot, async (t) => {
  const part = { source: "/nonexistent", target: "/x", access: "ro" } as const;
  const identity = { user: { uid: 0, gid: 0 }, groups: [], capabilities: [] };
  const [program = "", ...args] = enclosed(
    { program: ENCLOSURE, root: "/tmp", identity, parts: [part], hasTerminals: false },
    ["/x"],
  );
  const failing = promisify(execFile)(program, args);
  await t.rejects(failing, { code: 125, stderr: "tskata-enclosure: take /nonexistent: No such file or directory\n" });
  await t.rejects(promisify(execFile)(ENCLOSURE, ["/tmp"]), { code: 125, stderr: /^usage: / });
});

t.test("parseLibraries() reads what ldd prints", async (t) => {
  const output = [
    "\tlinux-vdso.so.1 (0x00007f9503bc8000)",
    "\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f9503b51000)",
    "\tlibgone.so => not found",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f9503bca000)",
    "",
  ].join("\n");
  t.strictSame(parseLibraries(output), ["/lib/x86_64-linux-gnu/libz.so.1", "/lib64/ld-linux-x86-64.so.2"]);
  t.match(await librariesOf(process.execPath), { 0: /^\/.*\.so/ });
  t.strictSame(await librariesOf(ENCLOSURE), [], "linked statically");
});
