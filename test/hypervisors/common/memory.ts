import { join } from "node:path";
import t from "tap";
import { memoryMib, requireFreeMemory, requireMemory } from "../../../hypervisors/common/memory.js";

const MIB = 1024 * 1024;

function meminfo(directory: string): string {
  return join(directory, "meminfo");
}

const MEMINFO = "MemTotal:  2048000 kB\nMemAvailable:     409600 kB\nSwapFree:   102400 kB\n";

t.test("requireMemory() passes up to the last MiB that the host has left, and down to the least", async (t) => {
  const path = meminfo(t.testdir({ meminfo: MEMINFO }));
  for (const mib of [96, 256, 500]) await t.resolves(requireMemory(mib * MIB, path));
});

t.test("requireMemory() refuses more than the host has left, as resource", async (t) => {
  const path = meminfo(t.testdir({ meminfo: MEMINFO }));
  await t.rejects(requireMemory(500 * MIB + 1, path), {
    code: "resource",
    message: "a VM with 501 MiB of memory can't start: this machine has 500 MiB left",
  });
});

t.test("requireMemory() refuses too little, as invalid-argument", async (t) => {
  const path = meminfo(t.testdir({ meminfo: MEMINFO }));
  await t.rejects(requireMemory(95 * MIB, path), { code: "invalid-argument", message: /at least 96 MiB/ });
});

t.test("requireMemory() reads this machine's", async (t) => {
  await t.rejects(requireMemory(2 ** 52), { code: "resource" });
});

t.test("requireFreeMemory() refuses to give a VM more than the host has left", async (t) => {
  const path = meminfo(t.testdir({ meminfo: MEMINFO }));
  await t.resolves(requireFreeMemory("plug memory", 500 * MIB, path));
  const message = "plug memory: this machine has 500 MiB left";
  await t.rejects(requireFreeMemory("plug memory", 501 * MIB, path), { code: "resource", message });
});

t.test("memoryMib() rounds up", async (t) => {
  t.equal(memoryMib(256 * MIB), 256);
  t.equal(memoryMib(256 * MIB + 1), 257);
});
