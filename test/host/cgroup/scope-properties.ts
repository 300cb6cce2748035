import t from "tap";
import { scopeProperties } from "../../../src/host/cgroup/scope-properties.js";

t.test("limits become settings of a unit", async (t) => {
  t.strictSame(
    scopeProperties({
      memory: { limit: 4096, swap: 8192 },
      pids: { limit: 7 },
      cpu: { shares: 1024, quota: 12_345, period: 100_000, cpus: "0-1", mems: "0" },
      blockIO: { weight: 100 },
    }),
    [
      "TasksMax=7",
      "MemorySwapMax=4096",
      "MemoryMax=4096",
      "CPUWeight=100",
      "CPUQuota=13%",
      "AllowedCPUs=0-1",
      "AllowedMemoryNodes=0",
    ],
  );
});

t.test("no limit is one as well", async (t) => {
  t.strictSame(scopeProperties({ memory: { limit: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } }), [
    "TasksMax=infinity",
    "MemorySwapMax=infinity",
    "MemoryMax=infinity",
    "CPUQuota=",
  ]);
  t.strictSame(scopeProperties({ unified: { "memory.max": "5" } }), []);
});
