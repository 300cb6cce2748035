import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { setOnlineProcessors } from "../../../src/agent/operations/set-online-processors.js";
import { GUEST_PATHS } from "../../../src/agent/sandbox/sandbox.js";

/** A sysfs with these processors; those in `switches` have a file that brings them online, empty at first. */
function machine(t: Test, present: string, online: string, switches: readonly number[]) {
  const files = Object.fromEntries(switches.map((id) => [`cpu${id}`, { online: "" }]));
  const sysfs = t.testdir({ devices: { system: { cpu: { present, online, ...files } } } });
  const written = (id: number): string => readFileSync(join(sysfs, `devices/system/cpu/cpu${id}/online`), "utf8");
  return { sandbox: { paths: { ...GUEST_PATHS, sysfs } }, written: () => switches.map(written) };
}

t.test("setOnlineProcessors() brings as many online as are missing, low numbers first", async (t) => {
  const { sandbox, written } = machine(t, "0-3\n", "0,2\n", [1, 2, 3]);
  await setOnlineProcessors(sandbox, 2);
  t.same(written(), ["", "", ""]);
  await setOnlineProcessors(sandbox, 3);
  t.same(written(), ["1", "", ""]);
});

t.test("setOnlineProcessors() takes those offline that are too many, high numbers first, and leaves one", async (t) => {
  const { sandbox, written } = machine(t, "0-3\n", "0-3\n", [1, 2, 3]);
  await setOnlineProcessors(sandbox, 3);
  t.same(written(), ["", "", "0"]);
  await setOnlineProcessors(sandbox, 0);
  t.same(written(), ["0", "0", "0"]);
});

t.test("setOnlineProcessors() refuses more than the kernel has found", async (t) => {
  const { sandbox, written } = machine(t, "0-1\n", "0\n", [1]);
  const message = "bring 3 processors online: the guest's kernel has found 2";
  await t.rejects(setOnlineProcessors(sandbox, 3), { code: "failed-precondition", message });
  t.same(written(), [""]);
});

t.test("setOnlineProcessors() waits for what the kernel is about to find", async (t) => {
  const { sandbox, written } = machine(t, "0\n", "0\n", [1]);
  const bringing = setOnlineProcessors(sandbox, 2);
  setImmediate(() => writeFileSync(join(sandbox.paths.sysfs, "devices/system/cpu/present"), "0-1\n"));
  await bringing;
  t.same(written(), ["1"]);
});

t.test("setOnlineProcessors() names the processor that the kernel can't start or stop", async (t) => {
  const { sandbox } = machine(t, "0-2\n", "0-1\n", []);
  await t.rejects(setOnlineProcessors(sandbox, 3), { code: "resource", message: /^bring processor 2 online: ENOENT/ });
  await t.rejects(setOnlineProcessors(sandbox, 1), { code: "resource", message: /^bring processor 1 offline: ENOENT/ });
});
