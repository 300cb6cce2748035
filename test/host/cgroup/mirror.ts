import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Hierarchy } from "../../../src/host/cgroup/hierarchies.js";
import {
  joinMirror,
  makeMirror,
  mirrorDirectory,
  removeMirror,
  updateMirror,
} from "../../../src/host/cgroup/mirror.js";

const CONTAINER = "/parent/container";

/** A folder that looks like a hierarchy, with a container's cgroup in it: a kernel would make the files. */
function standIn(t: Test, files: readonly string[], options: Partial<Hierarchy> = {}): Hierarchy {
  const mountPoint = t.testdir();
  mkdirSync(join(mountPoint, CONTAINER), { recursive: true });
  for (const file of [...files, "cgroup.procs"]) writeFileSync(join(mountPoint, CONTAINER, file), "");
  writeFileSync(join(mountPoint, "parent/cgroup.procs"), "");
  return { version: 1, mountPoint, controllers: ["memory"], ownPath: "/own", ...options };
}

function noted(): { lines: string[]; debug: (line: string) => void; warning: () => void } {
  const lines: string[] = [];
  return { lines, debug: (line) => void lines.push(line), warning: () => undefined };
}

t.test("a path counts from the hierarchy's root, a relative one from our own cgroup, and none leads out", async (t) => {
  const hierarchy: Hierarchy = { version: 2, mountPoint: "/sys/fs/cgroup", controllers: [], ownPath: "/own" };
  t.equal(mirrorDirectory(hierarchy, "/a/b"), "/sys/fs/cgroup/a/b");
  t.equal(mirrorDirectory(hierarchy, "a/b"), "/sys/fs/cgroup/own/a/b");
  t.equal(mirrorDirectory(hierarchy, "../../../etc"), "/sys/fs/cgroup/etc");
});

t.test("makeMirror() writes the limits that have a file, for either version", async (t) => {
  const log = noted();
  const one = standIn(t, ["memory.limit_in_bytes", "pids.max"]);
  const mirror = makeMirror([one], CONTAINER, { memory: { limit: 4096 }, pids: { limit: 7 }, cpu: { shares: 9 } }, log);
  t.same(mirror.directories, [join(one.mountPoint, CONTAINER)]);
  t.equal(readFileSync(join(one.mountPoint, CONTAINER, "memory.limit_in_bytes"), "utf8"), "4096");
  updateMirror(mirror, { pids: { limit: -1 } }, log);
  t.equal(readFileSync(join(one.mountPoint, CONTAINER, "pids.max"), "utf8"), "max");
  t.same(log.lines, []);
});

t.test("makeMirror() writes version 2's values where that is mounted", async (t) => {
  const two = standIn(t, ["cgroup.controllers", "memory.max", "cpu.weight"], { version: 2, controllers: [] });
  makeMirror([two], CONTAINER, { memory: { limit: 4096 }, cpu: { shares: 1024 } }, noted());
  t.equal(readFileSync(join(two.mountPoint, CONTAINER, "memory.max"), "utf8"), "4096");
  t.equal(readFileSync(join(two.mountPoint, CONTAINER, "cpu.weight"), "utf8"), "100");
});

t.test("makeMirror() refuses a cgroup that has processes, and makes none for systemd's names", async (t) => {
  const one = standIn(t, []);
  writeFileSync(join(one.mountPoint, CONTAINER, "cgroup.procs"), "17\n");
  t.throws(() => makeMirror([one], CONTAINER, {}, noted()), {
    code: "failed-precondition",
    message: /^container's cgroup is not empty: /,
  });
  t.same(makeMirror([one], "system.slice:tskata:c1", {}, noted()), { directories: [] });
});

t.test("what can't be mirrored is left out, and the log says so", async (t) => {
  const log = noted();
  const one = standIn(t, []);
  const mirror = makeMirror([{ ...one, mountPoint: "/proc/no" }], CONTAINER, {}, log);
  t.same(mirror, { directories: [] });
  t.match(log.lines, [/^mirror of the cgroup on the host: ENOENT/]);
});

t.test("joinMirror() puts a process there; removeMirror() puts it out again", async (t) => {
  const log = noted();
  const one = standIn(t, []);
  const mirror = makeMirror([one], CONTAINER, {}, log);
  joinMirror(mirror, 42, log);
  t.equal(readFileSync(join(one.mountPoint, CONTAINER, "cgroup.procs"), "utf8"), "42");
  // An ordinary folder with files in it can't be removed as a cgroup can: the attempt is noted.
  await removeMirror(mirror, log);
  t.equal(readFileSync(join(one.mountPoint, "parent/cgroup.procs"), "utf8"), "42");
  t.match(log.lines, [/ENOTEMPTY/]);
  await removeMirror({ directories: [join(one.mountPoint, "gone")] }, log);
  t.notOk(existsSync(join(one.mountPoint, "gone")));
});
