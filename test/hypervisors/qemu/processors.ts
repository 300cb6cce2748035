import { mock } from "node:test";
import t, { type Test } from "tap";
import { setVcpuCount, vcpuCount } from "../../../hypervisors/qemu/processors.js";
import { type StubMonitor, stubMonitor } from "./fixtures/stub-monitor.js";

const INSERTION = 1;
const EJECTION = 3;

/** A VM with so many processors of four, the last one first as QEMU lists them; `obey` is the guest's part. */
async function machine(
  t: Test,
  filled: number,
  obey: (monitor: StubMonitor, command: string, index: number, fill: (isFilled: boolean) => void) => void,
): Promise<StubMonitor> {
  const slots = [0, 1, 2, 3].map((index) => index < filled);
  const path = (index: number): string =>
    index === 0 ? "/machine/unattached/device[0]" : `/machine/peripheral/cpu${index}`;
  const act = (command: string, index: number): void =>
    obey(monitor, command, index, (isFilled) => (slots[index] = isFilled));
  const monitor = await stubMonitor(t, {
    "query-cpus-fast": () => slots.filter((isFilled) => isFilled).map((_isFilled, index) => ({ "cpu-index": index })),
    "query-hotpluggable-cpus": () =>
      slots
        .map((isFilled, index) => ({
          type: "max-x86_64-cpu",
          "vcpus-count": 1,
          props: { "socket-id": index, "core-id": 0, "thread-id": 0 },
          ...(isFilled && { "qom-path": path(index) }),
        }))
        .toReversed(),
    device_add: ({ "socket-id": index }) => act("device_add", index as number),
    device_del: ({ id }) =>
      act(
        "device_del",
        [0, 1, 2, 3].findIndex((index) => path(index) === id),
      ),
  });
  return monitor;
}

/** _OST of a processor, as QEMU tells it. */
function answer(monitor: StubMonitor, index: number, source: number, status: number, isThere = true): void {
  const info = { ...(isThere && { device: `cpu${index}` }), slot: `${index}`, "slot-type": "CPU", source, status };
  monitor.event("ACPI_DEVICE_OST", { info });
}

t.test("setVcpuCount() plugs processors from below, each when the guest has taken the one before", async (t) => {
  const events: string[] = [];
  const monitor = await machine(t, 1, (monitor, command, index, fill) => {
    events.push(`${command} ${index}`);
    fill(true);
    setImmediate(() => {
      events.push(`taken ${index}`);
      answer(monitor, 7, INSERTION, 0);
      answer(monitor, index, INSERTION, 0x80);
      answer(monitor, index, INSERTION, 0);
    });
  });
  t.equal(await vcpuCount(monitor.client), 1);
  await setVcpuCount(monitor.client, 3, "tcg");
  t.same(events, ["device_add 1", "taken 1", "device_add 2", "taken 2"]);
  t.same(monitor.commands.at(-1), [
    "device_add",
    { driver: "max-x86_64-cpu", id: "cpu2", "socket-id": 2, "core-id": 0, "thread-id": 0 },
  ]);
  t.equal(await vcpuCount(monitor.client), 3);
  await setVcpuCount(monitor.client, 3, "tcg");
  t.equal(events.length, 4);
});

t.test("setVcpuCount() takes processors from above, down to one, as the guest gives them back", async (t) => {
  const monitor = await machine(t, 3, (monitor, _command, index, fill) => {
    answer(monitor, index, EJECTION, 0x84);
    setImmediate(() => {
      // QEMU 7.2 tells of the processor's parts, and of the processor itself when it has no name any more
      monitor.event("DEVICE_DELETED", { path: `/machine/peripheral/cpu${index}/lapic` });
      fill(false);
      answer(monitor, index, EJECTION, 0, false);
    });
  });
  await setVcpuCount(monitor.client, 0, "kvm");
  t.same(monitor.commands, [
    ["device_del", { id: "/machine/peripheral/cpu2" }],
    ["device_del", { id: "/machine/peripheral/cpu1" }],
  ]);
});

t.test("setVcpuCount() leaves processors alone that only KVM can unplug", async (t) => {
  const monitor = await machine(t, 2, () => undefined);
  await t.rejects(setVcpuCount(monitor.client, 1, "tcg"), { code: "unsupported", message: /without KVM/ });
  t.same(monitor.commands, []);
});

t.test("setVcpuCount() refuses more than there is room for, before anything is plugged", async (t) => {
  const monitor = await machine(t, 1, () => undefined);
  await t.rejects(setVcpuCount(monitor.client, 5, "kvm"), {
    code: "unsupported",
    message: "give the VM 5 processors: it was started with room for 4; create the container anew",
  });
  t.same(monitor.commands, []);
});

t.test("setVcpuCount() tells of a guest that refuses", async (t) => {
  const refusing = await machine(t, 2, (monitor, command, index) => {
    answer(monitor, index, command === "device_add" ? INSERTION : EJECTION, 0x81);
  });
  await t.rejects(setVcpuCount(refusing.client, 3, "kvm"), {
    code: "failed-precondition",
    message: "plug processor 2: the guest's kernel refused it (ACPI status 129)",
  });
  await t.rejects(setVcpuCount(refusing.client, 1, "kvm"), {
    code: "failed-precondition",
    message: "unplug processor 1: the guest's kernel needs it (ACPI status 129)",
  });
});

t.test("setVcpuCount() fails as deadline where the guest says nothing for 10 s", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.teardown(() => mock.timers.reset());
  const monitor = await machine(t, 1, () => setImmediate(() => mock.timers.tick(10_000)));
  await t.rejects(setVcpuCount(monitor.client, 2, "tcg"), {
    code: "deadline",
    message: "plug processor 1: wait for the guest's kernel: no answer within 10000 ms",
  });
});

t.test("setVcpuCount() ends with its signal, and with the VM", async (t) => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const silent = await machine(t, 1, () => controller.abort(reason));
  await t.rejects(setVcpuCount(silent.client, 2, "tcg", controller.signal), reason);
  const dying = await machine(t, 1, (monitor) => setImmediate(() => monitor.client.close()));
  await t.rejects(setVcpuCount(dying.client, 2, "tcg"), {
    code: "unavailable",
    message: "plug processor 1: the VM is gone",
  });
});
