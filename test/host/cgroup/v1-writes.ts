import t from "tap";
import { v1Writes } from "../../../src/host/cgroup/v1-writes.js";
import type { LinuxResources } from "../../../src/oci/linux-resources.js";

function files(resources: LinuxResources): [string, string][] {
  return v1Writes(resources).map(({ file, value }) => [file, value]);
}

t.test("v1Writes() has a file for each limit", async (t) => {
  t.same(
    files({
      devices: [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
        { allow: true, type: "b", major: 8, access: "r" },
      ],
      cpu: { shares: 512, period: 100_000, quota: -1, cpus: "0", mems: "0", idle: 1 },
      pids: { limit: 0 },
      blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 7 }] },
      hugepageLimits: [{ pageSize: "2MB", limit: 9 }],
      network: { classID: 3, priorities: [{ name: "lo", priority: 4 }] },
    }),
    [
      ["devices.deny", "a *:* rwm"],
      ["devices.allow", "c 10:229 rw"],
      ["devices.allow", "b 8:* r"],
      ["cpu.shares", "512"],
      ["cpu.cfs_period_us", "100000"],
      ["cpu.cfs_quota_us", "-1"],
      ["cpu.idle", "1"],
      ["cpuset.cpus", "0"],
      ["cpuset.mems", "0"],
      ["pids.max", "1"],
      ["blkio.weight", "10"],
      ["blkio.throttle.read_bps_device", "8:0 7"],
      ["hugetlb.2MB.limit_in_bytes", "9"],
      ["net_cls.classid", "3"],
      ["net_prio.ifpriomap", "lo 4"],
    ],
  );
});

t.test("v1Writes() keeps memory below memory and swap, whichever way they change", async (t) => {
  t.same(
    files({
      memory: { limit: 5, swap: 9, reservation: 3, kernel: 2, kernelTCP: 1, swappiness: 0, disableOOMKiller: true },
    }),
    [
      ["memory.limit_in_bytes", "5"],
      ["memory.memsw.limit_in_bytes", "9"],
      ["memory.limit_in_bytes", "5"],
      ["memory.soft_limit_in_bytes", "3"],
      ["memory.kmem.limit_in_bytes", "2"],
      ["memory.kmem.tcp.limit_in_bytes", "1"],
      ["memory.swappiness", "0"],
      ["memory.oom_control", "1"],
    ],
  );
  const none = files({ memory: { limit: -1, swap: -1 } });
  t.same(none, [
    ["memory.limit_in_bytes", "-1"],
    ["memory.memsw.limit_in_bytes", "-1"],
    ["memory.limit_in_bytes", "-1"],
  ]);
  t.same(files({ memory: { limit: 0, swap: 0 }, cpu: { shares: 0, quota: 0 } }), []);
});
