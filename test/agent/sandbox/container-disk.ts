import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { mountDisk, unmountDisk } from "../../../src/agent/sandbox/container-disk.js";
import { standInSandbox } from "../fixtures/stand-in-sandbox.js";

t.test("mountDisk() mounts a disk in a folder of the container's", async (t) => {
  const { sandbox } = standInSandbox(t);
  const destination = join(sandbox.paths.disks, "c1");
  t.match(mountDisk(sandbox, "c1", "/dev/vdb"), [
    { op: "make-directory", path: destination },
    { op: "mount", type: "ext4", source: "/dev/vdb", destination },
  ]);
});

t.test("unmountDisk() removes the folder, where there is one", async (t) => {
  const { sandbox, lists } = standInSandbox(t);
  await unmountDisk(sandbox, "c1");
  t.same(lists, []);
  const path = join(sandbox.paths.disks, "c1");
  mkdirSync(path, { recursive: true });
  await unmountDisk(sandbox, "c1");
  t.same(lists, [[{ op: "unmount", path }]]);
  t.notOk(existsSync(path));
});
