import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { TestTskata } from "../support/tskata.js";

/** An archive of cpio(5) in its newest form with nothing in it but its end. */
const EMPTY_ARCHIVE = `070701${"0".repeat(8 * 11)}0000000B${"0".repeat(8)}TRAILER!!!\0`;

t.test("the vm section of config.json makes the VM, where the configuration allows it", async (t) => {
  const manifest = join(repositoryRoot(import.meta.url), "build/guest.json");
  const { kernel, image } = JSON.parse(readFileSync(manifest, "utf8")) as { kernel: string; image: string };
  const tskata = new TestTskata(t, "[vm_section]\nallow = true\n");
  const initrd = join(tskata.directory, "initrd");
  writeFileSync(initrd, EMPTY_ARCHIVE.padEnd(512, "\0"));
  chmodSync(initrd, 0o644);
  const bundle = tskata.bundle({
    process: { args: ["sleep", "1000"] },
    vm: {
      kernel: { path: kernel, parameters: ["loglevel=7", "tskata.test=here"], initrd },
      image: { path: image, format: "raw" },
      hwConfig: { vcpus: 2, memory: 300 * 1024 * 1024 },
    },
  });
  const { id } = await tskata.start(bundle);
  t.match(readFileSync(join(tskata.record(id).runDirectory, "console.log"), "utf8"), /Unpacking initramfs/);
  const script = "nproc; cat /proc/cmdline; grep MemTotal /proc/meminfo";
  const lines = (await tskata.ok(["exec", id, "sh", "-c", script])).split("\n");
  t.equal(lines[0], "2");
  t.match(lines[1], /tskata\.test=here/);
  const kilobytes = Number(/MemTotal: +(\d+) kB/.exec(lines[2] ?? "")?.[1]);
  t.ok(kilobytes > 200 * 1024 && kilobytes < 300 * 1024, `${kilobytes} kB`);
});
