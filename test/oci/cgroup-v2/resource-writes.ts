import t from "tap";
import type { CgroupFacts } from "../../../src/oci/cgroup-v2/resource-writes.js";
import { resourceWrites } from "../../../src/oci/cgroup-v2/resource-writes.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

const FACTS: CgroupFacts = {
  files: new Set(["io.weight", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"]),
  cpus: [0, 1],
  nodes: [0],
  blockDevices: new Set(["254:0"]),
};

function lines(resources: LinuxResources, facts: Partial<CgroupFacts> = {}): string[] {
  return resourceWrites(resources, { ...FACTS, ...facts }).map(({ file, value }) => `${file}=${value}`);
}

t.test("resourceWrites() writes nothing for nothing, nor for an engine's zeros", async (t) => {
  t.same(lines({}), []);
  t.same(lines({ memory: { limit: 0, swap: 0 }, cpu: { shares: 0, quota: 0, cpus: "" }, blockIO: { weight: 0 } }), []);
});

t.test("resourceWrites() converts memory, CPU time and tasks", async (t) => {
  t.same(lines({ memory: { limit: 64, swap: 128, reservation: 32, swappiness: 10, kernel: 5 } }), [
    "memory.swap.max=64",
    "memory.max=64",
    "memory.low=32",
  ]);
  t.same(lines({ cpu: { shares: 1024, quota: 50000 } }), ["cpu.weight=100", "cpu.max=50000 100000"]);
  t.same(lines({ cpu: { quota: -1, period: 50000 } }), ["cpu.max=max 50000"]);
  t.same(lines({ cpu: { quota: 5, burst: 3 } }), ["cpu.max.burst=0", "cpu.max=5 100000", "cpu.max.burst=3"]);
  t.same(lines({ pids: { limit: 7 } }), ["pids.max=7"]);
  t.same(lines({ pids: { limit: -1 } }), ["pids.max=max"]);
  t.same(lines({ pids: { limit: 0 } }), ["pids.max=1"]);
});

t.test("resourceWrites() wakes a group before its weight, and gives none to one that sleeps", async (t) => {
  t.same(lines({ cpu: { shares: 2, idle: 0 } }), ["cpu.idle=0", "cpu.weight=1"]);
  t.same(lines({ cpu: { shares: 2, idle: 1 } }), ["cpu.idle=1"]);
  t.same(lines({ cpu: { idle: 1 }, unified: { "cpu.weight": "5", "pids.max": "7" } }), ["cpu.idle=1", "pids.max=7"]);
  const woken = { cpu: { shares: 2, idle: 1 }, unified: { "cpu.idle": "0" } };
  t.same(lines(woken), ["cpu.idle=0", "cpu.weight=1", "cpu.idle=0"], "unified has the last word");
});

t.test("resourceWrites() takes CPUs as listed where the guest has them, else as many of its own", async (t) => {
  t.same(lines({ cpu: { cpus: "1", mems: "0" } }), ["cpuset.cpus=1", "cpuset.mems=0"]);
  t.same(lines({ cpu: { cpus: "6", mems: "1" } }), ["cpuset.cpus=0", "cpuset.mems=0"]);
  t.same(lines({ cpu: { cpus: "4-7" } }), ["cpuset.cpus=0-1"]);
});

t.test("resourceWrites() limits block devices of the guest and leaves the host's to the host", async (t) => {
  const device = { major: 254, minor: 0 };
  const foreign = { major: 8, minor: 0 };
  const weights = {
    weight: 500,
    weightDevice: [
      { ...device, weight: 1000 },
      { ...foreign, weight: 100 },
    ],
  };
  const blockIO = {
    ...weights,
    throttleReadBpsDevice: [
      { ...device, rate: 1048576 },
      { ...foreign, rate: 1 },
    ],
    throttleWriteIOPSDevice: [{ ...device, rate: 0 }],
  };
  t.same(lines({ blockIO }), ["io.weight=4950", "io.max=254:0 rbps=1048576", "io.max=254:0 wiops=max"]);
  t.same(lines({ blockIO: weights }, { files: new Set(["io.bfq.weight"]) }), [
    "io.bfq.weight=500",
    "io.bfq.weight=254:0 1000",
  ]);
});

t.test("resourceWrites() limits huge pages, their reservations too, and RDMA", async (t) => {
  t.same(lines({ hugepageLimits: [{ pageSize: "2MB", limit: 4096 }] }), [
    "hugetlb.2MB.max=4096",
    "hugetlb.2MB.rsvd.max=4096",
  ]);
  t.same(lines({ rdma: { mlx5_1: { hcaHandles: 3 } } }), ["rdma.max=mlx5_1 hca_handle=3 hca_object=max"]);
});

t.test("resourceWrites() writes the unified values last, a line at a time", async (t) => {
  const unified = { "io.max": "254:0 rbps=1\n254:0 wbps=2\n", "memory.high": "5", "memory.zswap.max": "" };
  t.same(lines({ unified, pids: { limit: 1 } }), [
    "pids.max=1",
    "io.max=254:0 rbps=1",
    "io.max=254:0 wbps=2",
    "memory.high=5",
    "memory.zswap.max=",
  ]);
  t.throws(() => lines({ unified: { "../x": "1" } }), { code: "invalid-argument" });
});

t.test("resourceWrites() refuses limits that cgroup v2 doesn't have", async (t) => {
  const device = { major: 1, minor: 1, leafWeight: 5 };
  for (const resources of [
    { cpu: { realtimeRuntime: 5 } },
    { cpu: { realtimePeriod: 5 } },
    { blockIO: { leafWeight: 5 } },
    { blockIO: { weightDevice: [device] } },
    { network: { classID: 5 } },
    { network: { priorities: [{ name: "eth0", priority: 1 }] } },
  ] satisfies LinuxResources[]) {
    t.throws(() => lines(resources), { code: "unsupported" });
  }
});
