import t from "tap";
import { mountPointOperations } from "../../../src/agent/container/mount-points.js";
import { restorePlan } from "../../../src/agent/container/restore-plan.js";
import { CLONE_NEW } from "../../../src/agent/kernel/constants.js";
import { changedSpec, names, only, PATHS } from "../fixtures/plan-inputs.js";

t.test("a restored container is born of CRIU, in its cgroup and that one's namespace", async (t) => {
  const request = Buffer.from([8, 2]);
  const input = { spec: changedSpec({}), cgroup: PATHS.cgroup, rootfsPath: PATHS.rootfs, bindSources: new Map() };
  const plan = restorePlan(input, { imagesPath: "/i", workPath: "/w", request });
  t.equal(plan.cgroup, PATHS.cgroup);
  t.match(only(plan.before, "set-device-filter"), [{ path: PATHS.cgroup }]);
  t.same(plan.between, [
    { op: "unshare", flags: CLONE_NEW.cgroup },
    { op: "criu", images: "/i", work: "/w", request, restores: true },
  ]);
  t.same([...plan.parent, ...plan.child], []);
});

t.test("mount points are made where the mounts around them have their files", async (t) => {
  const bind = (destination: string) => ({ destination, type: "bind", source: "/s", options: ["bind"] });
  const mounts = [
    bind("/data"),
    bind("/data/in/it"),
    { destination: "/run", type: "tmpfs" },
    bind("/run/x"),
    bind("/f"),
  ];
  const sources = new Map([
    [0, { path: "/b/0", isDirectory: true }],
    [1, { path: "/b/1", isDirectory: true }],
    [3, { path: "/b/3", isDirectory: true }],
    [4, { path: "/b/4", isDirectory: false }],
  ]);
  const operations = mountPointOperations(mounts, "/root", sources);
  t.same(
    names(operations).filter((each) => each !== "leave-root"),
    [...["set-root", "make-directory", "set-root", "make-directory", "set-root", "make-file"]],
  );
  t.match(only(operations, "set-root"), [{ path: "/root" }, { path: "/b/0" }, { path: "/root" }]);
  t.match(only(operations, "make-directory"), [{ path: "/data" }, { path: "/in/it" }]);
  t.match(only(operations, "make-file"), [{ path: "/f" }]);
});
