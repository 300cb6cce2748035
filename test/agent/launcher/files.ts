import { existsSync, lstatSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Operation } from "../../../src/agent/kernel/operation.js";
import { plainPlan } from "./fixtures/container-plan.js";
import { rejectsWith, runPlan } from "./fixtures/run-plan.js";

const directory = t.testdir({ root: { existing: {} }, outside: { file: "kept" } });
const root = join(directory, "root");
const outside = join(directory, "outside");

/** Runs file operations in the root. */
async function run(...operations: Operation[]): Promise<void> {
  await runPlan(plainPlan(["true"], [{ op: "set-root", path: root }, ...operations]));
}

void t.test("a directory and its parents are made, with mode and owner for the last only", async (t) => {
  await run({ op: "make-directory", path: "/a//./b/c", mode: 0o2711, uid: 12, gid: 34 });
  const made = statSync(join(root, "a/b/c"));
  t.same([made.mode & 0o7777, made.uid, made.gid], [0o2711, 12, 34]);
  const parent = statSync(join(root, "a/b"));
  t.same([parent.mode & 0o7777, parent.uid], [0o755, 0]);
});

void t.test("a directory that exists keeps its mode and owner", async (t) => {
  const before = statSync(join(root, "existing"));
  await run({ op: "make-directory", path: "/existing", mode: 0o700, uid: 12, gid: 34 });
  const after = statSync(join(root, "existing"));
  t.same([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
});

void t.test("a directory is made where a dangling symlink points, inside the root", async (t) => {
  symlinkSync("/target/of/link", join(root, "dangling"));
  await run({ op: "make-directory", path: "/dangling/x", mode: 0o755 });
  t.ok(statSync(join(root, "target/of/link/x")).isDirectory());
});

void t.test("dots never lead out of the root", async (t) => {
  await run({ op: "make-directory", path: "/../../new/../../other", mode: 0o755 });
  t.ok(statSync(join(root, "new")).isDirectory());
  t.ok(statSync(join(root, "other")).isDirectory());
});

void t.test("a file in the way is an error", async (t) => {
  writeFileSync(join(root, "file"), "");
  await rejectsWith(t, run({ op: "make-directory", path: "/file/x", mode: 0o755 }), {
    errno: "ENOTDIR",
    detail: "/file/x",
  });
  await rejectsWith(t, run({ op: "make-directory", path: "/file", mode: 0o755 }), { errno: "ENOTDIR" });
});

void t.test("a name or a path that is too long is an error", async (t) => {
  await rejectsWith(t, run({ op: "make-directory", path: `/${"x".repeat(256)}`, mode: 0o755 }), {
    errno: "ENAMETOOLONG",
  });
  await rejectsWith(t, run({ op: "make-directory", path: "/x".repeat(3000), mode: 0o755 }), { errno: "ENAMETOOLONG" });
});

void t.test("a path is looked up, its links followed", async (t) => {
  symlinkSync("gone", join(directory, "link"));
  await run({ op: "look-up", path: outside });
  const path = join(directory, "link");
  await rejectsWith(t, run({ op: "look-up", path }), { errno: "ENOENT", detail: path });
});

void t.test("files are kept, wherever they go, and asked for anew", async (t) => {
  writeFileSync(join(root, "kept"), "");
  await run(
    { op: "keep-file", path: "/kept" },
    { op: "keep-file", path: "/existing" },
    { op: "remove-file", path: "/kept" },
    { op: "refresh-kept" },
    { op: "refresh-kept" },
  );
  t.notOk(existsSync(join(root, "kept")));
  await run({ op: "refresh-kept" });
  await rejectsWith(t, run({ op: "keep-file", path: "/kept" }), { errno: "ENOENT", detail: "/kept" });
});

void t.test("an empty file is made, and what exists is left alone", async (t) => {
  writeFileSync(join(root, "content"), "kept");
  await run(
    { op: "make-file", path: "/f/g", mode: 0o640 },
    { op: "make-file", path: "/content", mode: 0o640 },
    { op: "make-file", path: "/existing", mode: 0o640 },
  );
  t.equal(statSync(join(root, "f/g")).mode & 0o7777, 0o640);
  t.equal(readFileSync(join(root, "content"), "utf8"), "kept");
  t.ok(statSync(join(root, "existing")).isDirectory());
});

void t.test("nodes have exactly their type, mode and owner, twice too", async (t) => {
  const node = (name: string, type: "char" | "block" | "fifo", mode: number): Operation => ({
    op: "make-node",
    path: `/dev/${name}`,
    type,
    major: type === "fifo" ? 0 : 250,
    minor: type === "fifo" ? 0 : 7,
    mode,
    uid: 3,
    gid: 4,
  });
  await run(
    node("char", "char", 0o666),
    node("block", "block", 0o4600),
    node("fifo", "fifo", 0o622),
    node("char", "char", 0o600),
  );
  const facts = (name: string) => {
    const { mode, uid, gid, rdev } = statSync(join(root, "dev", name));
    return [mode.toString(8), uid, gid, rdev];
  };
  t.same(facts("char"), ["20600", 3, 4, (250 << 8) | 7]);
  t.same(facts("block"), ["64600", 3, 4, (250 << 8) | 7]);
  t.same(facts("fifo"), ["10622", 3, 4, 0]);
});

void t.test("something else in a node's place is an error, and nothing behind a symlink is touched", async (t) => {
  symlinkSync(join(outside, "file"), join(root, "trap"));
  const before = statSync(join(outside, "file"));
  const operation: Operation = {
    op: "make-node",
    path: "/trap",
    type: "char",
    major: 1,
    minor: 3,
    mode: 0o666,
    uid: 9,
    gid: 9,
  };
  await rejectsWith(t, run(operation), { operation: "make-node", errno: "EEXIST", detail: "/trap" });
  const after = statSync(join(outside, "file"));
  t.same([after.mode, after.uid], [before.mode, before.uid]);
});

void t.test("a symlink is made once, and a file or symlink is removed", async (t) => {
  await run(
    { op: "make-symlink", path: "/links/one", target: "/proc/self/fd" },
    { op: "make-symlink", path: "/links/one", target: "other" },
    { op: "make-symlink", path: "/links/two", target: join(outside, "file") },
    { op: "remove-file", path: "/links/two" },
    { op: "remove-file", path: "/links/never" },
  );
  t.equal(readlinkSync(join(root, "links/one")), "/proc/self/fd");
  t.notOk(lstatSync(join(root, "links/two"), { throwIfNoEntry: false }));
  t.equal(readFileSync(join(outside, "file"), "utf8"), "kept");
});

void t.test("a file is written in the root, never through a symlink out of it", async (t) => {
  symlinkSync(join(outside, "file"), join(root, "out"));
  await rejectsWith(t, run({ op: "write-file", base: "root", path: "/out", data: "lost" }), { errno: "ENOENT" });
  await run({ op: "write-file", base: "root", path: "/written", data: Uint8Array.of(0, 1, 255), createMode: 0o604 });
  t.equal(readFileSync(join(outside, "file"), "utf8"), "kept");
  t.same([...readFileSync(join(root, "written"))], [0, 1, 255]);
  t.equal(statSync(join(root, "written")).mode & 0o7777, 0o604);
  await run({ op: "write-file", base: "root", path: "/written", data: "x", createMode: 0o600 });
  t.equal(readFileSync(join(root, "written"), "utf8"), "x");
});

void t.test("a file of procfs is written for the process itself", async (t) => {
  const plan = plainPlan(
    ["cat", "/proc/self/oom_score_adj"],
    [{ op: "write-file", base: "proc", path: "self/oom_score_adj", data: "321" }],
  );
  t.equal((await runPlan(plan)).stdout, "321\n");
});

void t.test("a value that the kernel refuses is an error", async (t) => {
  await rejectsWith(t, run({ op: "write-file", base: "proc", path: "self/oom_score_adj", data: "many" }), {
    operation: "write-file",
    errno: "EINVAL",
    detail: "self/oom_score_adj",
  });
  await rejectsWith(t, run({ op: "write-file", base: "proc", path: "sys/no/such/key", data: "1" }), {
    errno: "ENOENT",
  });
});

void t.test("procfs is left by no path", async (t) => {
  for (const path of ["../etc/passwd", "/etc/passwd", "self/root/etc/passwd", "self/cwd/x"]) {
    await rejectsWith(t, run({ op: "write-file", base: "proc", path, data: "x" }), { operation: "write-file" });
  }
});
