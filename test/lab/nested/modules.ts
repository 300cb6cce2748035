import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { earlyModules } from "../../../src/lab/nested/modules.js";

const EARLY = ["virtio_pci", "virtio_blk", "virtio_net", "crc32c_generic", "9pnet_virtio", "9p", "overlay", "erofs"];

t.test("earlyModules() gives each module after those that it needs, and once", async (t) => {
  const directory = t.testdir();
  mkdirSync(join(directory, "kernel"));
  writeFileSync(join(directory, "modules.builtin"), "");
  const lines = EARLY.map((name) => `kernel/${name}.ko: kernel/virtio.ko`);
  lines[0] = "kernel/virtio_pci.ko: kernel/virtio_ring.ko kernel/virtio.ko";
  writeFileSync(join(directory, "modules.dep"), `${lines.join("\n")}\nkernel/other.ko:\n`);
  const names = (await earlyModules(directory)).map((path) => path.slice(directory.length + "/kernel/".length, -3));
  t.strictSame(names, ["virtio", "virtio_ring", ...EARLY]);
});

t.test("earlyModules() knows compressed modules, and hyphens for underscores", async (t) => {
  const lines = EARLY.map((name) => `kernel/${name.replaceAll("_", "-")}.ko.xz:`);
  const directory = t.testdir({ "modules.dep": `${lines.join("\n")}\n`, "modules.builtin": "" });
  t.equal((await earlyModules(directory)).length, EARLY.length);
});

t.test("earlyModules() names the module that a kernel doesn't have", async (t) => {
  const directory = t.testdir({ "modules.dep": "kernel/virtio_pci.ko:\n", "modules.builtin": "" });
  await t.rejects(earlyModules(directory), { code: "not-found", message: `${directory} has no module virtio_blk` });
});

t.test("earlyModules() leaves out what is built into the kernel", async (t) => {
  const [, ...loaded] = EARLY;
  const directory = t.testdir({
    "modules.dep": loaded.map((name) => `kernel/${name}.ko:\n`).join(""),
    "modules.builtin": "kernel/drivers/virtio/virtio_pci.ko\n",
  });
  t.strictSame(
    (await earlyModules(directory)).map((path) => path.slice(directory.length + "/kernel/".length, -3)),
    loaded,
  );
});
