import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { VirtualMachine } from "../../../hypervisors/hypervisor.js";
import { Balloon } from "../../../hypervisors/kvmtool/balloon.js";
import { pollUntil } from "../../../src/common/poll-until.js";
import { stubDriver } from "./fixtures/stub.js";

const MIB = 1024 * 1024;

/** Boots the stub with 320 MiB, and gives what stops it and tells its balloon's orders, in MiB. */
async function balloonVm(t: Test, mode: string): Promise<{ vm: VirtualMachine; orders: () => Promise<number[]> }> {
  const { driver, spec } = await stubDriver(t, mode, { balloon: true });
  const vm = await driver.boot({ ...spec, memoryBytes: 320 * MIB });
  t.teardown(() => vm.stop());
  const orders = async (): Promise<number[]> => {
    await vm.stop();
    const log = await readFile(spec.consoleLogPath, "utf8");
    return [...log.matchAll(/^balloon (-?\d+)$/gm)].map(([, mib]) => Number(mib));
  };
  return { vm, orders };
}

t.test("setMemory() takes memory by the balloon, and gives it back", async (t) => {
  const { vm, orders } = await balloonVm(t, "has-memory");
  t.strictSame(await vm.size(), { vcpus: 1, memoryBytes: 320 * MIB });
  await vm.setMemory(128 * MIB);
  t.equal((await vm.size()).memoryBytes, 128 * MIB);
  await vm.setMemory(128 * MIB);
  await vm.setMemory(200 * MIB + 1);
  t.equal((await vm.size()).memoryBytes, 201 * MIB, "takes at most what is too much");
  await vm.setMemory(320 * MIB);
  t.equal((await vm.size()).memoryBytes, 320 * MIB);
  t.strictSame(await orders(), [192, -73, -119]);
  await t.rejects(vm.setMemory(128 * MIB), { code: "unavailable", message: /MiB of memory: the VM is gone$/ });
});

t.test("setMemory() takes turns", async (t) => {
  const { vm, orders } = await balloonVm(t, "has-memory");
  await Promise.all([vm.setMemory(128 * MIB), vm.setMemory(256 * MIB), vm.setMemory(192 * MIB)]);
  t.equal((await vm.size()).memoryBytes, 192 * MIB);
  t.strictSame(await orders(), [192, -128, 64]);
});

t.test("setMemory() gives what the VM was booted with where more is asked for, and refuses too little", async (t) => {
  const { vm, orders } = await balloonVm(t, "has-memory");
  await vm.setMemory(128 * MIB);
  await t.rejects(vm.setMemory(321 * MIB), {
    code: "unsupported",
    message: /^give the VM 321 MiB of memory: the VM was booted with 320 MiB, .* create the container anew$/,
  });
  t.equal((await vm.size()).memoryBytes, 320 * MIB);
  await t.rejects(vm.setMemory(63 * MIB), { code: "invalid-argument", message: /64 MiB at least/ });
  await vm.setMemory(256 * MIB);
  t.strictSame(await orders(), [192, -192, 64]);
});

t.test("an order that the guest doesn't follow is taken back", async (t) => {
  const { vm, orders } = await balloonVm(t, "keeps-memory");
  const controller = new AbortController();
  const reason = new Error("enough");
  const shrinking = vm.setMemory(96 * MIB, controller.signal);
  // It waits for its guest while the VM has the new size.
  const isAsked = async (): Promise<boolean> => (await vm.size()).memoryBytes === 96 * MIB;
  await pollUntil(isAsked, 1, AbortSignal.timeout(10_000));
  controller.abort(reason);
  await t.rejects(shrinking, reason);
  t.equal((await vm.size()).memoryBytes, 320 * MIB);
  t.strictSame(await orders(), [224, -224]);
});

t.test("a guest that keeps its memory is given up on, in words that say how much it has", async (t) => {
  const { driver, spec } = await stubDriver(t, "keeps-memory", { balloon: true });
  const vm = await driver.boot(spec);
  const [pid = 0] = vm.hostPids;
  const socketPath = join(spec.runDirectory, "lkvm/.lkvm/vm.sock");
  const parts = { pid, socketPath, bootedBytes: 320 * MIB, debugLog: (line: string) => t.fail(line) };
  const balloon = new Balloon({ ...parts, guestFollowsMs: 100 });
  await t.rejects(balloon.setMemory("shrink", 96 * MIB), {
    code: "deadline",
    message: /^shrink: lkvm still has \d+ MiB after 100 ms, and was to have \d+ at most; have the container use less/,
  });
  t.equal(balloon.memoryBytes, 320 * MIB);
  await vm.stop();
});

t.test("setMemory() tells that lkvm ended meanwhile", async (t) => {
  const { vm } = await balloonVm(t, "dies-by-balloon");
  await t.rejects(vm.setMemory(96 * MIB), { code: "unavailable", message: /the VM is gone$/ });
});

t.test("a balloon is a capability where it is set, and its lack names the setting", async (t) => {
  const { driver } = await stubDriver(t, "serves");
  t.throws(() => driver.require("balloon", "it"), { code: "unsupported", message: /^it: .*kvmtool\.balloon = true$/ });
  const { driver: other } = await stubDriver(t, "serves", { balloon: true });
  other.require("balloon", "it");
  t.ok(other.capabilities.has("balloon"));
});
