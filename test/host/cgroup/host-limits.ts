import t from "tap";
import { limitsOfMonitors, limitsWithVm } from "../../../src/host/cgroup/host-limits.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

const MIB = 2 ** 20;
const VM = { memoryBytes: 512 * MIB, overhead: { memoryBytes: 256 * MIB, pids: 100, cpus: 0.5 }, others: [] };
/** Of the VM and its overhead. */
const MOST = BigInt(768 * MIB);

t.test("a memory limit becomes the VM's memory and the overhead, with as much swap as before", async (t) => {
  const withVm = (memory: LinuxResources["memory"]) => limitsWithVm({ ...(memory && { memory }) }, VM).memory;
  t.match(withVm({ limit: 32 * MIB, swap: 64 * MIB }), { limit: MOST, swap: MOST + BigInt(32 * MIB) });
  t.match(withVm({ limit: 32 * MIB, swap: -1 }), { limit: MOST, swap: -1n });
  t.match(withVm({ limit: 32 * MIB, reservation: 8 * MIB }), { limit: MOST, reservation: MOST - BigInt(24 * MIB) });
  t.match(withVm({ limit: 32 * MIB, swap: 16 * MIB }), { limit: MOST, swap: MOST }, "the guest refuses it");
  t.match(withVm({ limit: -1, swap: -1 }), { limit: -1, swap: -1 });
});

t.test("without a memory limit the VM has none either", async (t) => {
  t.strictSame(limitsWithVm({ memory: { limit: 0, swap: 5, swappiness: 3 } }, VM).memory, {
    reservation: 0,
    swappiness: 3,
  });
  t.strictSame(limitsWithVm({}, VM), {});
});

t.test("what would harm the VMM is the guest's alone", async (t) => {
  const limits = limitsWithVm(
    {
      devices: [{ allow: false }],
      hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
      rdma: { mlx: { hcaHandles: 1 } },
      memory: { kernel: 1, kernelTCP: 1, disableOOMKiller: true },
      cpu: { realtimeRuntime: 1, realtimePeriod: 2 },
      unified: { "memory.max": "1", "pids.max": "1", "cpu.max": "1 1000", "cgroup.freeze": "1", "cpu.weight": "7" },
    },
    VM,
  );
  t.strictSame(limits, { memory: { reservation: 0 }, cpu: { quota: 0 }, unified: { "cpu.weight": "7" } });
});

t.test("the overhead is added to a limit of processes, and to none", async (t) => {
  const withVm = (limit: number | bigint) => limitsWithVm({ pids: { limit } }, VM).pids;
  t.strictSame(withVm(5), { limit: 105n });
  t.strictSame(withVm(0), { limit: 101n });
  t.strictSame(withVm(-1), { limit: -1 });
  t.strictSame(limitsWithVm({ pids: {} }, VM).pids, {});
});

t.test("the overhead is added to a quota, with what other containers in the VM may take", async (t) => {
  const quota = (others: readonly LinuxResources[], period?: number) =>
    limitsWithVm({ cpu: { quota: 10_000, ...(period !== undefined && { period }) } }, { ...VM, others }).cpu?.quota;
  t.equal(quota([]), 60_000);
  t.equal(quota([], 20_000), 20_000);
  t.equal(quota([{ cpu: { quota: 200_000, period: 100_000 } }]), 260_000);
  t.equal(quota([{}]), -1, "one of them takes all that there is");
  t.equal(limitsWithVm({ cpu: { quota: -1 } }, VM).cpu?.quota, -1);
});

t.test("shares, processors and block devices are as they were", async (t) => {
  const cpu = { shares: 7, idle: 0, cpus: "0-1", mems: "0" };
  const rest = { blockIO: { weight: 10 }, network: { classID: 3 } };
  t.strictSame(limitsWithVm({ cpu, ...rest }, VM), { cpu: { ...cpu, quota: 0 }, ...rest });
});

t.test("monitors alone have the container's limits, but for device rules", async (t) => {
  const resources = {
    devices: [{ allow: false }],
    memory: { limit: 5 },
    unified: { "pids.max": "1", "io.weight": "2" },
  };
  t.strictSame(limitsOfMonitors(resources), { memory: { limit: 5 }, unified: { "io.weight": "2" } });
});
