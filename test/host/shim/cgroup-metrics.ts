import t from "tap";
import { MetricsCodec } from "../../../src/host/shim/api/gen/cgroup-stats/metrics_pb.js";
import { cgroupMetrics } from "../../../src/host/shim/cgroup-metrics.js";

const NO_LIMIT = 2n ** 64n - 1n;

t.test("cgroupMetrics() gives the guest's figures in containerd's names and units", async (t) => {
  const entry = (op: string, value: number) => ({ major: 254, minor: 16, op, value });
  const stats = {
    cpu: {
      usage: { total: 5_000_000, user: 3_000_000, kernel: 2_000_000 },
      throttling: { periods: 7, throttledPeriods: 2, throttledTime: 9000 },
    },
    memory: {
      usage: { usage: 4096, limit: 8192, max: 6000, failcnt: 3 },
      swap: { usage: 5096, limit: 10_192, max: 0, failcnt: 0 },
      raw: { anon: 1000, inactive_file: 200, anon_thp: 2 },
    },
    pids: { current: 2, limit: 100 },
    blkio: {
      ioServiceBytesRecursive: [entry("Read", 512), entry("Write", 1024)],
      ioServicedRecursive: [entry("Read", 1), entry("Write", 2)],
    },
  };
  const metrics = cgroupMetrics({ statsJson: JSON.stringify(stats), oomKills: 4 });
  t.match(MetricsCodec.decode(MetricsCodec.encode(metrics)), {
    pids: { current: 2n, limit: 100n },
    cpu: { usageUsec: 5000n, userUsec: 3000n, systemUsec: 2000n, nrPeriods: 7n, nrThrottled: 2n, throttledUsec: 9n },
    memory: {
      ...{ usage: 4096n, usageLimit: 8192n, maxUsage: 6000n, swapUsage: 1000n, swapLimit: 2000n },
      ...{ anon: 1000n, inactiveFile: 200n, anonThp: 2n, file: 0n },
    },
    io: { usage: [{ major: 254n, minor: 16n, rbytes: 512n, wbytes: 1024n, rios: 1n, wios: 2n }] },
    memoryEvents: { max: 3n, oomKill: 4n },
  });
});

t.test("cgroupMetrics() keeps limits that there are none of, and takes no nonsense of the guest's", async (t) => {
  const limits = `{"memory": {"usage": {"limit": ${NO_LIMIT}}, "swap": {"limit": ${NO_LIMIT}}}}`;
  t.match(cgroupMetrics({ statsJson: limits, oomKills: 0 }).memory, { usageLimit: NO_LIMIT, swapLimit: NO_LIMIT });
  for (const statsJson of [
    "null",
    "[]",
    '{"cpu": 7, "pids": {"current": -1, "limit": "x"}, "blkio": {"ioServicedRecursive": 3}}',
  ]) {
    const metrics = MetricsCodec.encode(cgroupMetrics({ statsJson, oomKills: 0 }));
    t.match(MetricsCodec.decode(metrics), { pids: { current: 0n, limit: 0n }, io: { usage: [] } });
  }
});
