import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { loadTrials, saveTrials } from "../../../hypervisors/qemu/facts-file.js";

const TRIALS = { kvm: { works: false, reason: "no vmx" }, tcg: { works: true, tscKhz: 2_445_434 } } as const;

t.test("loadTrials() gives back what was saved for the same key only", async (t) => {
  const directory = t.testdir({});
  t.strictSame(await loadTrials(directory, "boot 1"), {});
  await saveTrials(directory, "boot 1", TRIALS);
  t.strictSame(await loadTrials(directory, "boot 1"), TRIALS);
  t.strictSame(await loadTrials(directory, "boot 2"), {});
  t.strictSame(await readdir(directory), ["qemu-accelerators.json"]);
});

t.test("loadTrials() takes a file that was cut off for none", async (t) => {
  const directory = t.testdir({});
  await writeFile(join(directory, "qemu-accelerators.json"), '{"key":"boot 1","tri');
  t.strictSame(await loadTrials(directory, "boot 1"), {});
});

t.test("loadTrials() fails where the file can't be read", async (t) => {
  const directory = t.testdir({ "qemu-accelerators.json": {} });
  await t.rejects(loadTrials(directory, "boot 1"), { code: "EISDIR" });
});
