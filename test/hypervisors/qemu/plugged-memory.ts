import t, { type Test } from "tap";
import { memorySize, setMemorySize } from "../../../hypervisors/qemu/plugged-memory.js";
import { type StubMonitor, stubMonitor } from "./fixtures/stub-monitor.js";

const MIB = 1024 * 1024;
const BOOT_BYTES = 512 * MIB;
const MOST_BYTES = 1024 * 1024 * MIB;
const ROOM = { mostBytes: MOST_BYTES, hugePages: false };

/** What the guest makes of modules: takes and gives back all, refuses all, or those of some names. */
type Guest = (command: "device_add" | "device_del", id: string) => "obeys" | "refuses" | "dies";

interface Dimm {
  readonly id: string;
  readonly size: number;
  readonly memdev: string;
}

/** A VM of 512 MiB with such modules; backends that are in use by none are left over. */
async function machine(t: Test, sizesMib: readonly number[], guest: Guest, left: readonly string[] = []) {
  const backends = new Map<string, number>(left.map((name) => [name, 0]));
  const dimms = new Map<string, Dimm>();
  const plug = (id: string, backend: string): void => {
    dimms.set(id, { id, size: backends.get(backend) ?? 0, memdev: `/objects/${backend}` });
  };
  for (const [index, mib] of sizesMib.entries()) {
    backends.set(`plugged${index}`, mib * MIB);
    plug(`dimm${index}`, `plugged${index}`);
  }
  const monitor: StubMonitor = await stubMonitor(t, {
    "query-memory-size-summary": () => ({
      "base-memory": BOOT_BYTES,
      "plugged-memory": [...dimms.values()].reduce((sum, { size }) => sum + size, 0),
    }),
    "query-memory-devices": () => [...dimms.values()].map((data) => ({ type: "dimm", data })),
    "qom-list": () => [...backends.keys(), "memory"].map((name) => ({ name, type: "child<memory-backend-memfd>" })),
    "object-add": ({ id, size }) => void backends.set(id as string, size as number),
    "object-del": ({ id }) => void backends.delete(id as string),
    device_add: ({ id, memdev }) => {
      plug(id as string, memdev as string);
      react("device_add", id as string);
    },
    device_del: ({ id }) => react("device_del", id as string),
  });
  const react = (command: "device_add" | "device_del", id: string): void => {
    const reaction = guest(command, id);
    if (reaction === "dies") throw new Error("no such luck");
    const isObeying = reaction === "obeys";
    setImmediate(() => {
      if (isObeying && command === "device_del") {
        dimms.delete(id);
        monitor.event("DEVICE_DELETED", { device: id, path: `/machine/peripheral/${id}` });
        return;
      }
      const source = command === "device_add" ? 1 : 3;
      const status = isObeying ? 0 : 0x82;
      monitor.event("ACPI_DEVICE_OST", { info: { device: id, slot: "0", "slot-type": "DIMM", source, status } });
    });
  };
  const changes = (): string[] =>
    monitor.commands
      .filter(([command]) => !command.startsWith("qom"))
      .map(([command, { id, size }]) => [command, id, ...(size === undefined ? [] : [Number(size) / MIB])].join(" "));
  return { client: monitor.client, commands: monitor.commands, changes };
}

const OBEYS: Guest = () => "obeys";

t.test("setMemorySize() plugs one module for what is missing, in whole blocks and shared", async (t) => {
  const { client, commands } = await machine(t, [], OBEYS);
  await setMemorySize(client, 1000 * MIB, ROOM);
  t.same(commands.slice(-2), [
    ["object-add", { "qom-type": "memory-backend-memfd", id: "plugged0", size: 512 * MIB, share: true }],
    ["device_add", { driver: "pc-dimm", id: "dimm0", memdev: "plugged0" }],
  ]);
  t.equal(await memorySize(client), 1024 * MIB);
});

t.test("setMemorySize() changes nothing where the VM has enough, and no module is too much", async (t) => {
  const { client, changes } = await machine(t, [256], OBEYS);
  for (const mib of [768, 700, 513]) await setMemorySize(client, mib * MIB, ROOM);
  t.same(changes(), []);
});

t.test("setMemorySize() takes what is too much in the largest modules that fit, and their backends", async (t) => {
  const { client, changes } = await machine(t, [128, 512, 256], OBEYS);
  await setMemorySize(client, 1000 * MIB, ROOM);
  t.same(changes(), ["device_del dimm2", "object-del plugged2", "device_del dimm0", "object-del plugged0"]);
});

t.test("setMemorySize() asks for the others where the guest keeps a module, and tells", async (t) => {
  const { client, changes } = await machine(t, [128, 256], (_command, id) => (id === "dimm1" ? "refuses" : "obeys"));
  await t.rejects(setMemorySize(client, BOOT_BYTES, ROOM), {
    code: "failed-precondition",
    message: "unplug 256 MiB of memory: the guest's kernel needs it (ACPI status 130)",
  });
  t.same(changes(), ["device_del dimm1", "device_del dimm0", "object-del plugged0"]);
});

t.test("setMemorySize() gives back what a guest let go of later, and takes free names", async (t) => {
  const { client, changes } = await machine(t, [128], OBEYS, ["plugged5"]);
  await setMemorySize(client, 768 * MIB, ROOM);
  t.same(changes(), ["object-del plugged5", "object-add plugged1 128", "device_add dimm1"]);
});

t.test("setMemorySize() refuses what there is no room or no slot for, before anything is plugged", async (t) => {
  const small = await machine(t, [], OBEYS);
  await t.rejects(setMemorySize(small.client, 2048 * MIB, { ...ROOM, mostBytes: 1024 * MIB }), {
    code: "unsupported",
    message: "plug 1536 MiB of memory: the VM was started with room for 1024 MiB; create the container anew",
  });
  const full = await machine(
    t,
    Array.from({ length: 16 }, () => 128),
    OBEYS,
  );
  await t.rejects(setMemorySize(full.client, 4096 * MIB, ROOM), {
    code: "unsupported",
    message: /all 16 slots of the VM are in use/,
  });
  const huge = await machine(t, [], OBEYS);
  await t.rejects(setMemorySize(huge.client, MOST_BYTES, ROOM), { code: "resource", message: /MiB left$/ });
  t.same([...small.changes(), ...full.changes(), ...huge.changes()], []);
});

t.test("setMemorySize() plugs no more than there are huge pages for, where it is to plug those", async (t) => {
  const { client, commands } = await machine(t, [], OBEYS);
  await t.rejects(setMemorySize(client, MOST_BYTES, { ...ROOM, hugePages: true }), {
    message: /^plug 1048064 MiB of memory: (that takes 524032 huge pages|the host's kernel has no huge pages)/,
  });
  t.notOk(commands.some(([command]) => command === "object-add"));
});

t.test("setMemorySize() asks for memory back that the guest didn't take", async (t) => {
  const { client, changes } = await machine(t, [], (command) => (command === "device_add" ? "refuses" : "obeys"));
  await t.rejects(setMemorySize(client, 1024 * MIB, ROOM), {
    code: "failed-precondition",
    message: "plug 512 MiB of memory: the guest's kernel refused it (ACPI status 130)",
  });
  t.same(changes(), ["object-add plugged0 512", "device_add dimm0", "device_del dimm0"]);
});

t.test("setMemorySize() leaves no backend where QEMU refuses the module", async (t) => {
  const { client, changes } = await machine(t, [], () => "dies");
  await t.rejects(setMemorySize(client, 1024 * MIB, ROOM), { code: "internal", message: /no such luck/ });
  t.same(changes(), ["object-add plugged0 512", "device_add dimm0", "object-del plugged0"]);
});
