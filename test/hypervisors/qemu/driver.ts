import { access, readFile } from "node:fs/promises";
import { once } from "node:events";
import t, { type Test } from "tap";
import type { VmExit } from "../../../hypervisors/hypervisor.js";
import { QemuHypervisor } from "../../../hypervisors/qemu/driver.js";
import { stubDriver } from "./fixtures/stub.js";

/** Boots the stub and waits for its end. */
async function exitOf(t: Test, mode: string): Promise<VmExit> {
  const { driver, spec } = await stubDriver(t, mode);
  const vm = await driver.boot(spec);
  return vm.exited;
}

async function isAlive(pid: number): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}

t.test("boot() gives channels, a console log, and marks in order", async (t) => {
  const { driver, spec } = await stubDriver(t, "echoes");
  const vm = await driver.boot(spec);
  const { spawnedMs, controlReadyMs, runningMs } = vm.bootMarks;
  t.ok(spawnedMs < controlReadyMs && controlReadyMs < runningMs);
  t.equal(vm.hostPids.length, 1);
  const channel = await vm.openAgentChannel();
  channel.write("hello agent\n");
  const [answer] = (await once(channel, "data")) as [Buffer];
  t.equal(answer.toString(), "hello agent\n");
  await vm.stop();
  t.equal(await readFile(spec.consoleLogPath, "utf8"), "console output\n");
});

t.test("stop() ends QEMU as stopped and may be called twice", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  const [pid = 0] = vm.hostPids;
  const channel = await vm.openAgentChannel();
  t.equal(await isAlive(pid), true);
  await Promise.all([vm.stop(), vm.stop()]);
  await vm.stop();
  t.strictSame(await vm.exited, { kind: "stopped" });
  t.equal(await isAlive(pid), false);
  t.equal(channel.destroyed, true);
});

t.test("pause() and resume() are commands to QEMU", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  await vm.pause();
  await vm.resume();
  await vm.stop();
  await t.rejects(vm.pause(), { name: "TskataError", code: "unavailable", message: /^pause the VM: / });
});

t.test("require() lets what the driver has pass, and says what mends the rest", async (t) => {
  const q35 = new QemuHypervisor({ machine: "q35" });
  q35.require("hotplug-nic", "plug a card");
  t.throws(() => q35.require("balloon", "take memory"), {
    code: "unsupported",
    message:
      "take memory: the qemu driver can't take memory from a VM that runs and give it back, up to what it was booted with; " +
      "driver kvmtool with kvmtool.balloon = true can (hypervisor.driver)",
  });
  t.throws(() => new QemuHypervisor({ machine: "microvm" }).require("hotplug-nic", "plug a card"), {
    code: "unsupported",
    message: "plug a card: the VM's machine can't be plugged into; machine q35 can (qemu.machine)",
  });
});

t.test("pause() fails as internal where QEMU refuses", async (t) => {
  const { driver, spec } = await stubDriver(t, "refuses-pause");
  const vm = await driver.boot(spec);
  await t.rejects(vm.pause(), { name: "TskataError", code: "internal" });
  await vm.stop();
});

t.test("pause() throws the signal's reason", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  const reason = new Error("enough");
  await t.rejects(vm.pause(AbortSignal.abort(reason)), reason);
  await vm.stop();
});

t.test("a guest that powers off is a guest-shutdown, whatever QEMU does after it", async (t) => {
  t.strictSame(await exitOf(t, "powers-off"), { kind: "guest-shutdown" });
  t.strictSame(await exitOf(t, "powers-off-and-crashes"), { kind: "guest-shutdown" });
});

t.test("a guest that panics or resets is a guest-panic", async (t) => {
  t.strictSame(await exitOf(t, "panics"), { kind: "guest-panic" });
  t.strictSame(await exitOf(t, "resets"), { kind: "guest-panic" });
});

t.test("a QEMU that crashes, is killed or is terminated is vmm-died", async (t) => {
  t.strictSame(await exitOf(t, "crashes"), {
    kind: "vmm-died",
    exitCode: 134,
    signal: null,
    stderr: "stub: assertion failed\n",
  });
  t.match(await exitOf(t, "terminated"), { kind: "vmm-died", exitCode: 0 });

  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  process.kill(vm.hostPids[0] ?? 0, "SIGKILL");
  t.match(await vm.exited, { kind: "vmm-died", exitCode: null, signal: "SIGKILL" });
  await vm.stop();
});

t.test("a QEMU that breaks the control protocol is ended", async (t) => {
  t.match(await exitOf(t, "breaks-protocol"), { kind: "vmm-died", signal: "SIGKILL" });
});

t.test("boot() fails as not-found without QEMU", async (t) => {
  const { spec } = await stubDriver(t, "serves");
  const driver = new QemuHypervisor({ binary: "/nonexistent/qemu" });
  await t.rejects(driver.boot(spec), { name: "TskataError", code: "not-found", message: /apt-get install/ });
});

t.test("boot() fails as not-found without a kernel or an image", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  await t.rejects(driver.boot({ ...spec, kernelPath: "/nonexistent/k" }), {
    code: "not-found",
    message: /guest kernel/,
  });
  await t.rejects(driver.boot({ ...spec, imagePath: "/nonexistent/i" }), { code: "not-found", message: /guest image/ });
});

for (const [mode, code, message] of [
  ["early-exit", "unavailable", /before the guest ran \(exit status 1\): stub: can't go on$/],
  ["killed-early", "unavailable", /\(signal SIGKILL\)$/],
  ["dies-at-cont", "unavailable", /\(exit status 3\): stub: died$/],
  ["old", "unsupported", /QEMU 6\.2\.0 is too old/],
  ["not-qmp", "internal", /^start the VM: /],
  ["refuses", "internal", /^start the VM: cont: no/],
  ["closes-control", "unavailable", /\(signal SIGKILL\)$/],
] as const) {
  t.test(`boot() fails as ${code} and leaves nothing where QEMU ${mode}`, async (t) => {
    const { driver, spec } = await stubDriver(t, mode);
    await t.rejects(driver.boot(spec), { name: "TskataError", code, message });
  });
}

t.test("boot() fails as deadline where QEMU does not answer", async (t) => {
  const { driver, spec } = await stubDriver(t, "silent", { startTimeoutMs: 1 });
  await t.rejects(driver.boot(spec), { name: "TskataError", code: "deadline" });
});

t.test("boot() throws the signal's reason", async (t) => {
  const { driver, spec } = await stubDriver(t, "silent");
  const reason = new Error("enough");
  await t.rejects(driver.boot(spec, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const booting = driver.boot(spec, controller.signal);
  // The trial of TCG is awaited before QEMU starts, the greeting after; any moment will do.
  setImmediate(() => controller.abort(reason));
  await t.rejects(booting, reason);
});

t.test("boot() reports a console log that can't be written and goes on", async (t) => {
  const { driver, spec, debugLines } = await stubDriver(t, "echoes");
  const vm = await driver.boot({ ...spec, consoleLogPath: "/nonexistent/console.log" });
  const channel = await vm.openAgentChannel();
  channel.write("go on\n");
  await once(channel, "data");
  await vm.stop();
  t.match(debugLines, [/console is no longer logged: ENOENT/]);
});

t.test("a driver refuses a user that the host does not know", (t) => {
  t.throws(() => new QemuHypervisor({ user: "no-such-user" }), { code: "not-found" });
  t.end();
});
