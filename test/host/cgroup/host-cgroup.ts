import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Hierarchy } from "../../../src/host/cgroup/hierarchies.js";
import {
  cgroupDirectory,
  makeCgroups,
  planCgroups,
  removeCgroups,
  writeLimits,
} from "../../../src/host/cgroup/host-cgroup.js";

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
  t.equal(cgroupDirectory(hierarchy, "/a/b"), "/sys/fs/cgroup/a/b");
  t.equal(cgroupDirectory(hierarchy, "a/b"), "/sys/fs/cgroup/own/a/b");
  t.equal(cgroupDirectory(hierarchy, "../../../etc"), "/sys/fs/cgroup/etc");
});

t.test("writeLimits() writes the limits that have a file, for either version", async (t) => {
  const log = noted();
  const one = standIn(t, ["memory.limit_in_bytes", "pids.max"]);
  const directories = makeCgroups([one], CONTAINER, log);
  t.same(directories, [join(one.mountPoint, CONTAINER)]);
  writeLimits(directories, { memory: { limit: 4096 }, pids: { limit: 7 }, cpu: { shares: 9 } }, log);
  t.equal(readFileSync(join(one.mountPoint, CONTAINER, "memory.limit_in_bytes"), "utf8"), "4096");
  writeLimits([...directories, join(one.mountPoint, "gone")], { pids: { limit: -1 } }, log);
  t.equal(readFileSync(join(one.mountPoint, CONTAINER, "pids.max"), "utf8"), "max");
  t.same(log.lines, []);
});

t.test("writeLimits() writes version 2's values where that is mounted", async (t) => {
  const two = standIn(t, ["cgroup.controllers", "memory.max", "cpu.weight"], { version: 2, controllers: [] });
  const directories = makeCgroups([two], CONTAINER, noted());
  writeLimits(directories, { memory: { limit: 4096 }, cpu: { shares: 1024 } }, noted());
  t.equal(readFileSync(join(two.mountPoint, CONTAINER, "memory.max"), "utf8"), "4096");
  t.equal(readFileSync(join(two.mountPoint, CONTAINER, "cpu.weight"), "utf8"), "100");
});

t.test("makeCgroups() has version 2's controllers handed on down to the container", async (t) => {
  const two = standIn(t, [], { version: 2, controllers: [] });
  for (const path of ["", "parent"]) writeFileSync(join(two.mountPoint, path, "cgroup.controllers"), "pids\n");
  makeCgroups([two], "/parent/new", noted());
  t.equal(readFileSync(join(two.mountPoint, "parent/cgroup.subtree_control"), "utf8"), "+pids");
  t.ok(existsSync(join(two.mountPoint, "parent/new")));
});

t.test("planCgroups() refuses a cgroup that has processes, and makes nothing", async (t) => {
  const one = standIn(t, []);
  t.same(planCgroups([one], "/other"), [join(one.mountPoint, "other")]);
  t.notOk(existsSync(join(one.mountPoint, "other")));
  writeFileSync(join(one.mountPoint, CONTAINER, "cgroup.procs"), "17\n");
  t.throws(() => planCgroups([one], CONTAINER), {
    code: "failed-precondition",
    message: /^container's cgroup is not empty: /,
  });
});

t.test("what the host can't have is left out, and the log says so", async (t) => {
  const log = noted();
  const one = standIn(t, []);
  t.same(makeCgroups([{ ...one, mountPoint: "/proc/no" }], CONTAINER, log), []);
  t.match(log.lines, [/^the cgroup on the host: ENOENT/]);
});

t.test("removeCgroups() puts out who is still there", async (t) => {
  const log = noted();
  const one = standIn(t, []);
  const [directory = ""] = makeCgroups([one], CONTAINER, log);
  writeFileSync(join(directory, "cgroup.procs"), "42\n");
  // An ordinary folder with files in it can't be removed as a cgroup can: the attempt is noted.
  await removeCgroups([directory, join(one.mountPoint, "gone")], log);
  t.equal(readFileSync(join(one.mountPoint, "parent/cgroup.procs"), "utf8"), "42");
  t.match(log.lines, [/ENOTEMPTY/]);
});
