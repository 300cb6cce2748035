import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { entranceFiles, withDirectories } from "../../../src/host/cgroup/cgroup-place.js";
import type { Hierarchy } from "../../../src/host/cgroup/hierarchies.js";

const PIDS: Hierarchy = { version: 1, mountPoint: "/c/pids", controllers: ["pids"], ownPath: "/own" };

t.test("a place has the directories of the hierarchies that have one, and is as it was elsewhere", async (t) => {
  const two: Hierarchy = { version: 2, mountPoint: "/c/unified", controllers: [], ownPath: "/own" };
  t.strictSame(withDirectories([PIDS, two], ["/c/pids/a/b"]), [{ ...PIDS, ownPath: "/a/b" }, two]);
});

t.test("who begins in a place enters by tasks, and version 2 only where that counts memory", async (t) => {
  const mountPoint = t.testdir({});
  const two: Hierarchy = { version: 2, mountPoint, controllers: [], ownPath: "/own" };
  t.strictSame(entranceFiles([PIDS, two]), ["/c/pids/own/tasks"]);
  const controllers = join(mountPoint, "cgroup.controllers");
  writeFileSync(controllers, "hugetlb\n");
  t.strictSame(entranceFiles([two]), []);
  writeFileSync(controllers, "cpu memory pids\n");
  t.strictSame(entranceFiles([two]), [join(mountPoint, "own/cgroup.procs")]);
});
