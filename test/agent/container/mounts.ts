import t from "tap";
import { mountOperations, type MountContext } from "../../../src/agent/container/mounts.js";
import { parseMountOptions } from "../../../src/agent/container/mount-options.js";
import { SlotAllocator } from "../../../src/agent/container/slot-allocator.js";
import { MOUNT_ATTR, PROPAGATION } from "../../../src/agent/kernel/constants.js";
import type { Mount } from "../../../src/oci/mount.js";

const DIRECTORY = { path: "/shares/c1/mounts/0", isDirectory: true };

function context(change: Partial<MountContext> = {}): MountContext {
  return {
    bindSources: new Map([[0, DIRECTORY]]),
    rootSources: new Map(),
    cgroup: "/sys/fs/cgroup/c1",
    hasUserNamespace: false,
    hasCgroupNamespace: true,
    slots: new SlotAllocator(),
    ...change,
  };
}

/** The operations in the child of a mount. */
function inChild(mount: Mount, change: Partial<MountContext> = {}): object[] {
  return [...mountOperations(mount, 0, context(change)).child];
}

t.test("parseMountOptions() lets the last word count and keeps what the filesystem reads", async (t) => {
  t.match(parseMountOptions(["ro", "nosuid", "rw", "size=1m", "mode=755"]), {
    attributes: { set: MOUNT_ATTR.nosuid },
    readonly: false,
    bind: "none",
    data: ["size=1m", "mode=755"],
  });
  t.match(parseMountOptions(["rbind", "rro", "rslave", "private"]), {
    bind: "recursive",
    readonly: true,
    attributes: { recursiveSet: MOUNT_ATTR.readonly },
    propagation: [PROPAGATION.slave | PROPAGATION.recursive, PROPAGATION.private],
  });
  t.match(parseMountOptions(["bind", "ridmap", "tmpcopyup", "sync"]), {
    bind: "single",
    copyUp: true,
    data: ["sync"],
  });
  t.match(
    parseMountOptions(["", "nosuid", "", "mode=755"]),
    { data: ["mode=755"] },
    "as mount(2) does it passes over nothing",
  );
  t.match(parseMountOptions([]), { attributes: {}, propagation: [], remount: false, data: [] });
});

t.test("a filesystem gets its directory, its options and its attributes", async (t) => {
  const mount = { destination: "/a/../tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "ro", "size=1m"] };
  t.match(inChild(mount), [
    {
      op: "mount",
      type: "tmpfs",
      destination: "/tmp",
      options: ["size=1m"],
      attributes: { set: MOUNT_ATTR.nosuid | MOUNT_ATTR.readonly },
      keepMode: true,
    },
  ]);
  t.match(inChild({ destination: "/x", type: "ext4", source: "/dev/vdb", options: ["ro"] })[1], { options: ["ro"] });
});

t.test("a bind mount comes from where the host put its source, on a file or a directory", async (t) => {
  const mount = { destination: "/data", type: "bind", source: "/srv", options: ["rbind", "ro"] };
  t.match(inChild(mount), [
    { op: "make-directory", path: "/data" },
    { op: "bind", source: { path: DIRECTORY.path }, recursive: true, attributes: { set: MOUNT_ATTR.readonly } },
  ]);
  const file = new Map([[0, { ...DIRECTORY, isDirectory: false }]]);
  t.match(inChild(mount, { bindSources: file }), [
    { op: "make-file", path: "/data" },
    { op: "bind" },
    { op: "keep-file", path: "/data" },
  ]);
  t.throws(() => inChild(mount, { bindSources: new Map() }), { code: "internal", message: /the host gave no source/ });
});

t.test("in a user namespace a bind mount's source is opened outside of it", async (t) => {
  const mount = { destination: "/data", type: "bind", source: "/srv", options: ["bind"] };
  const { before, child } = mountOperations(mount, 0, context({ hasUserNamespace: true }));
  t.match(before, [{ op: "open-tree", slot: 0, path: DIRECTORY.path, recursive: false }]);
  t.match(child[1], { op: "bind", source: { slot: 0 } });
  const file = new Map([[0, { ...DIRECTORY, isDirectory: false }]]);
  const kept = inChild(mount, { hasUserNamespace: true, bindSources: file });
  t.match(kept.slice(1), [{ op: "bind" }, { op: "keep-file", path: "/data" }]);
});

t.test("cgroup and sysfs are bound where they can't be mounted anew", async (t) => {
  const cgroup = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"] };
  t.match(inChild(cgroup)[1], { op: "mount", type: "cgroup2", options: [] });
  const unknown = { ...cgroup, options: ["ro", "unknown_option"] };
  t.match(inChild(unknown)[1], { op: "mount", options: ["unknown_option"] }, "which the kernel refuses");
  t.match(inChild(cgroup, { hasCgroupNamespace: false })[1], { op: "bind", source: { path: "/sys/fs/cgroup/c1" } });
  const sysfs = { destination: "/sys", type: "sysfs", source: "sysfs" };
  const { before, child } = mountOperations(sysfs, 0, context({ hasUserNamespace: true }));
  const attributes = { propagation: PROPAGATION.private };
  t.match(
    before,
    [{ op: "open-tree", slot: 0, path: "/sys", recursive: false, attributes }],
    "without what is below it",
  );
  t.match(child[1], { op: "bind", source: { slot: 0 }, destination: "/sys" });
});

t.test("/dev is closed late, a remount changes what is there, several propagations follow one another", async (t) => {
  const dev = { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["ro"] };
  const { child, late } = mountOperations(dev, 0, context());
  t.match(child[0], { op: "mount" });
  t.notMatch(child[0], { attributes: { set: MOUNT_ATTR.readonly } });
  t.match(late, [{ op: "set-mount-attributes", path: "/dev", attributes: { set: MOUNT_ATTR.readonly } }]);
  const remount = { destination: "/data", options: ["remount", "ro"] };
  t.match(inChild(remount), [{ op: "set-mount-attributes", path: "/data", attributes: { set: MOUNT_ATTR.readonly } }]);
  const propagated = inChild({ ...dev, destination: "/x", options: ["rslave", "shared"] });
  t.match(propagated.slice(1), [
    { op: "set-mount-attributes", attributes: { propagation: PROPAGATION.slave | PROPAGATION.recursive } },
    { op: "set-mount-attributes", attributes: { propagation: PROPAGATION.shared } },
  ]);
});

t.test("nothing is mounted over what the kernel tells in /proc, but for what emulations cover", async (t) => {
  const at = (destination: string): Mount => ({ destination, type: "bind", source: "/srv", options: ["bind"] });
  for (const path of ["/proc/self/attr", "/proc/../proc/sys", "/proc/1"]) {
    t.throws(() => inChild(at(path)), { code: "invalid-argument" }, path);
  }
  t.equal(inChild(at("/proc/meminfo")).length, 2);
  t.equal(inChild(at("/processes")).length, 2);
});
