import { join } from "node:path";
import t, { type Test } from "tap";
import { QemuHypervisor } from "../../../hypervisors/qemu/driver.js";
import { hostHugePages, inHugePages, requireHugePages } from "../../../hypervisors/qemu/huge-pages.js";
import { hugePagesFinding } from "../../../hypervisors/qemu/probe.js";
import { stubDriver } from "./fixtures/stub.js";

const MIB = 1024 * 1024;

/** A directory as that in which the kernel counts its huge pages. */
function pool(t: Test, total: number, free: number, promised: number): string {
  return t.testdir({ nr_hugepages: `${total}\n`, free_hugepages: `${free}\n`, resv_hugepages: `${promised}\n` });
}

t.test("inHugePages() rounds up to whole pages", async (t) => {
  t.equal(inHugePages(256 * MIB), 256 * MIB);
  t.equal(inHugePages(255 * MIB), 256 * MIB);
  t.equal(inHugePages(254 * MIB + 1), 256 * MIB);
});

t.test("hostHugePages() doesn't count what others have been promised", async (t) => {
  t.strictSame(await hostHugePages(pool(t, 20, 12, 5)), { total: 20, available: 7 });
  t.equal(await hostHugePages("/no/such/pool"), undefined);
});

t.test("requireHugePages() says how many are needed, how many are free, and how to have more", async (t) => {
  const path = pool(t, 20, 12, 5);
  await t.resolves(requireHugePages("start", 14 * MIB, path));
  await t.rejects(requireHugePages("start", 14 * MIB + 1, path), {
    code: "resource",
    message:
      "start: that takes 8 huge pages of 2 MiB, and 7 of this machine's 20 are free; " +
      `reserve more (echo 21 > ${join(path, "nr_hugepages")}), or set qemu.huge_pages = false`,
  });
  await t.rejects(requireHugePages("start", 2 * MIB, "/no/such/pool"), {
    code: "unsupported",
    message: "start: the host's kernel has no huge pages of 2 MiB; set qemu.huge_pages = false",
  });
});

t.test("boot() of a VM in huge pages refuses what it can't have, before QEMU is started", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves", { hugePages: true });
  await t.rejects(driver.boot({ ...spec, memoryBytes: 94 * MIB }), { code: "invalid-argument", message: /96 MiB/ });
  await t.rejects(driver.boot({ ...spec, memoryBytes: 2 ** 52 }), {
    message:
      /^a VM with 4294967296 MiB of memory can't start: (that takes 2147483648 huge pages|the host's kernel has)/,
  });
});

t.test("a driver with huge pages has no templates, and says what to set", async (t) => {
  const driver = new QemuHypervisor({ hugePages: true });
  t.notOk(driver.capabilities.has("template"));
  t.ok(driver.capabilities.has("hotplug-memory"));
  t.throws(() => driver.require("template", "pool start"), {
    code: "unsupported",
    message: "pool start: VMs in huge pages can't be cloned; set qemu.huge_pages = false",
  });
});

t.test("hugePagesFinding() misses those that aren't reserved", async (t) => {
  t.match(hugePagesFinding({ total: 64, available: 12 }), { level: "ok", detail: /^12 of 64 are free, 2 MiB each/ });
  t.match(hugePagesFinding({ total: 0, available: 0 }), { level: "missing", remedy: /^echo \d+ > .*nr_hugepages$/ });
  t.match(hugePagesFinding(undefined), { level: "missing", remedy: "set qemu.huge_pages = false" });
});

t.test("probe() looks at huge pages where VMs are to have them", async (t) => {
  const { driver } = await stubDriver(t, "", { hugePages: true });
  const { findings } = await driver.probe();
  t.ok(findings.some(({ subject }) => subject === "huge pages"));
});
