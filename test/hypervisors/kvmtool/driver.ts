import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import t, { type Test } from "tap";
import type { VmExit } from "../../../hypervisors/hypervisor.js";
import { stubDriver } from "./fixtures/stub.js";

/** Boots the stub and waits for its end. */
async function exitOf(t: Test, mode: string): Promise<VmExit> {
  const { driver, spec, left } = await stubDriver(t, mode);
  const vm = await driver.boot(spec);
  const exit = await vm.exited;
  t.strictSame(await left(), [], "nothing is left");
  return exit;
}

t.test("boot() gives a channel, a console log, and marks in order", async (t) => {
  const { driver, spec, guest, left } = await stubDriver(t, "shows-arguments");
  const vm = await driver.boot(spec);
  const { spawnedMs, controlReadyMs, runningMs } = vm.bootMarks;
  t.ok(spawnedMs < controlReadyMs && controlReadyMs <= runningMs);
  t.equal(vm.hostPids.length, 1);
  const channel = await vm.openAgentChannel();
  guest.write("hello host\n");
  t.equal(String((await once(channel, "data"))[0]), "hello host\n");
  t.strictSame(await vm.size(), { vcpus: 1, memoryBytes: 128 * 1024 * 1024 });
  // It has written its line before it takes orders.
  await vm.pause();
  await vm.stop();
  t.equal(channel.destroyed, true);
  t.match(await readFile(spec.consoleLogPath, "utf8"), /"--nodefaults".*"--vsock","3"/);
  t.strictSame(await left(), []);
});

t.test("stop() ends lkvm as stopped and may be called twice", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  const [pid = 0] = vm.hostPids;
  await Promise.all([vm.stop(), vm.stop()]);
  await vm.stop();
  t.strictSame(await vm.exited, { kind: "stopped" });
  t.notOk(existsSync(`/proc/${pid}`));
});

t.test("pause() and resume() are orders to lkvm, which says that it has carried them out", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  await vm.pause();
  await vm.resume();
  const reason = new Error("enough");
  await t.rejects(vm.pause(AbortSignal.abort(reason)), reason);
  await vm.stop();
  await t.rejects(vm.pause(), { name: "TskataError", code: "unavailable", message: "pause the VM: the VM is gone" });
});

t.test("pause() fails where lkvm doesn't do it, or hangs up", async (t) => {
  for (const [mode, code] of [
    ["refuses-pause", "internal"],
    ["hangs-up", "unavailable"],
  ] as const) {
    const { driver, spec } = await stubDriver(t, mode);
    const vm = await driver.boot(spec);
    await t.rejects(vm.pause(), { name: "TskataError", code });
    await vm.stop();
  }
});

t.test("each end of a VM is told from the others", async (t) => {
  t.strictSame(await exitOf(t, "powers-off"), { kind: "guest-shutdown" });
  t.strictSame(await exitOf(t, "resets"), { kind: "guest-panic" });
  t.strictSame(await exitOf(t, "crashes"), {
    kind: "vmm-died",
    exitCode: 134,
    signal: null,
    stderr: "stub: assertion failed\n",
  });
  const { driver, spec } = await stubDriver(t, "serves");
  const vm = await driver.boot(spec);
  process.kill(vm.hostPids[0] ?? 0, "SIGKILL");
  t.match(await vm.exited, { kind: "vmm-died", exitCode: null, signal: "SIGKILL" });
  await vm.stop();
  const tap = { name: "t", namespace: "/proc/self/ns/net" };
  await t.rejects(vm.plugNetworkCard({ id: "nic0", macAddress: "02:00:00:00:00:01", tap }), { code: "unavailable" });
});

t.test("a console that floods ends in a log of bounded size", async (t) => {
  const { driver, spec } = await stubDriver(t, "floods");
  const vm = await driver.boot(spec);
  t.strictSame(await vm.exited, { kind: "guest-shutdown" });
  t.ok((await stat(spec.consoleLogPath)).size <= 1024 * 1024);
  t.match(await readFile(spec.consoleLogPath, "utf8"), /the end of the flood/);
});

t.test("an lkvm whose CID somebody else took is started with another one", async (t) => {
  const { driver, spec, cids, debugLines } = await stubDriver(t, "taken", {}, 2);
  const vm = await driver.boot(spec);
  t.match(await vm.exited, { kind: "vmm-died", exitCode: 1, stderr: /SET_GUEST_CID/ });
  t.strictSame(cids, [3, 4, 5], "as long as that is the reason");
  t.match(debugLines, [/took the VM's CID/, /took the VM's CID/]);
  const endless = await stubDriver(t, "taken", {}, 1000);
  await (
    await endless.driver.boot(endless.spec)
  ).exited;
  t.equal(endless.cids.length, 5, "and not for ever");
  for (const [taken, starts] of [
    [2, 3],
    [1000, 5],
  ] as const) {
    const early = await stubDriver(t, "taken-early", {}, taken);
    await t.rejects(early.driver.boot(early.spec), { code: "unavailable", message: /SET_GUEST_CID/ });
    t.equal(early.cids.length, starts);
  }
});

t.test("boot() says why lkvm ended, and waits no longer than it may", async (t) => {
  const early = await stubDriver(t, "early-exit");
  await t.rejects(early.driver.boot(early.spec), {
    name: "TskataError",
    code: "unavailable",
    message: "lkvm ended before the guest ran (exit status 1): Fatal: Initialisation failed",
  });
  const silent = await stubDriver(t, "silent", { startTimeoutMs: 300 });
  await t.rejects(silent.driver.boot(silent.spec), { name: "TskataError", code: "deadline" });
  for (const { left } of [early, silent]) t.strictSame(await left(), []);
});

t.test("boot() that is given up leaves nothing", async (t) => {
  const { driver, spec, left } = await stubDriver(t, "silent");
  const controller = new AbortController();
  const reason = new Error("enough");
  const booting = driver.boot(spec, controller.signal);
  setImmediate(() => controller.abort(reason));
  await t.rejects(booting, reason);
  t.strictSame(await left(), []);
});

t.test("boot() fails as not-found without lkvm, and says what to do", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves", { binary: "/nonexistent/lkvm" });
  await t.rejects(driver.boot(spec), { code: "not-found", message: /kvmtool\.binary.*TSKATA_LKVM/ });
});

t.test("boot() refuses what kvmtool can't load, or can't be told", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  await t.rejects(driver.boot({ ...spec, kernelPath: import.meta.filename }), {
    code: "unsupported",
    message: /is no bzImage/,
  });
  await t.rejects(driver.boot({ ...spec, kernelPath: "/nonexistent/kernel" }), { code: "not-found" });
  await t.rejects(driver.boot({ ...spec, extraKernelParameters: ["x".repeat(2048)] }), {
    code: "invalid-argument",
    message: /kvmtool takes 2047/,
  });
});

t.test("boot() refuses shares where lkvm isn't shut in, and virtiofs always", async (t) => {
  const { driver, spec, left } = await stubDriver(t, "serves");
  const nineP = { kind: "nine-p", tag: "t", directory: "/" } as const;
  await t.rejects(driver.boot({ ...spec, shares: [nineP] }), { code: "permission", message: /takes root/ });
  const virtiofs = { kind: "virtiofs", tag: "t", socketPath: "/s" } as const;
  await t.rejects(driver.boot({ ...spec, shares: [virtiofs] }), {
    code: "unsupported",
    message: /driver qemu (and driver xen )?can/,
  });
  t.strictSame(await left(), []);
});

t.test("what kvmtool can't do is unsupported, with the driver that can", async (t) => {
  const { driver, spec } = await stubDriver(t, "serves");
  const refusal = { name: "TskataError", code: "unsupported", message: /driver qemu (and driver xen )?can/ };
  for (const capability of ["hotplug-cpu", "hotplug-memory", "hotplug-share", "virtiofs", "template"] as const) {
    t.throws(() => driver.require(capability, "it"), refusal);
  }
  driver.require("pause", "it");
  await t.rejects(driver.templateInputs(), refusal);
  await t.rejects(driver.boot({ ...spec, start: { kind: "to-capture", directory: "/" } }), refusal);
  const vm = await driver.boot(spec);
  await t.rejects(vm.setVcpus(2), refusal);
  await t.rejects(vm.setMemory(1), refusal);
  await t.rejects(vm.plugShare({ kind: "virtiofs", tag: "t", socketPath: "/s" }), refusal);
  await t.rejects(vm.capture(), { code: "failed-precondition" });
  const tap = { name: "t", namespace: "/proc/self/ns/net" };
  const card = { id: "nic0", macAddress: "02:00:00:00:00:01", tap };
  await t.rejects(vm.plugNetworkCard(card), { code: "unsupported", message: /room for 0 network cards/ });
  await t.rejects(vm.unplugNetworkCard("nic0"), { code: "not-found" });
  await vm.stop();
});

t.test("probe() finds version and trial, and what is missing", async (t) => {
  const { driver } = await stubDriver(t, "serves");
  const { findings } = await driver.probe();
  t.match(findings, [
    { subject: "kvmtool", level: "ok", detail: /^kvm tool 3\.18\.0 \(/ },
    { subject: "kvmtool kvm", level: "ok", detail: "runs guests (tried)" },
    { subject: "kvmtool vsock" },
    { subject: "kvmtool user" },
  ]);
  const without = await stubDriver(t, "serves", { binary: "/nonexistent/lkvm" });
  t.match(await without.driver.probe(), { usable: false, findings: [{ subject: "kvmtool", level: "missing" }] });
  const other = await stubDriver(t, "serves", { binary: "/bin/false" });
  t.match(await other.driver.probe(), {
    usable: false,
    findings: [
      { level: "missing", detail: /is no kvmtool/ },
      { level: "missing", detail: /does not run guests/ },
    ],
  });
});
