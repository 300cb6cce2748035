import t from "tap";
import { cgroupFileReader, cgroupStats } from "../../../src/agent/cgroup/cgroup-stats.js";
import { stringifyJson } from "../../../src/oci/stringify-json.js";

const FILES: Readonly<Record<string, string>> = {
  "cpu.stat":
    "usage_usec 100\nuser_usec 60\nsystem_usec 40\nnr_periods 3\nnr_throttled 1\nthrottled_usec 7\nnr_bursts 2\n",
  "cpu.pressure": "some avg10=0.50 avg60=0.10 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=3\n",
  "cpuset.cpus.effective": "0-1\n",
  "cpuset.mems.effective": "0\n",
  "memory.current": "1000\n",
  "memory.max": "2000\n",
  "memory.peak": "1500\n",
  "memory.stat": "anon 500\nfile 300\nkernel 100\n",
  "memory.events": "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\n",
  "memory.swap.current": "10\n",
  "memory.swap.max": "max\n",
  "pids.current": "2\n",
  "pids.max": "max\n",
  "io.stat": "254:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n7:0 \n",
  "hugetlb.2MB.current": "0\n",
  "hugetlb.2MB.max": "max\n",
  "hugetlb.2MB.events": "max 9\n",
};

t.test("cgroupStats() gives the figures in runc's shape and units", async (t) => {
  const stats = await cgroupStats(async (file) => FILES[file], ["2MB"]);
  t.same(stats.cpu.usage, { total: 100_000n, user: 60_000n, kernel: 40_000n });
  t.same(stats.cpu.throttling, { periods: 3n, throttledPeriods: 1n, throttledTime: 7000n });
  t.same(stats.cpu.psi?.some, { avg10: 0.5, avg60: 0.1, avg300: 0, total: 12n });
  t.same(stats.cpuset.cpus, [0, 1]);
  t.same(stats.memory.usage, { limit: 2000n, usage: 1000n, max: 1500n, failcnt: 4n });
  t.same(stats.memory.swap, { limit: 2n ** 64n - 1n, usage: 1010n, max: 1500n, failcnt: 0n });
  t.equal(stats.memory.cache, 300n);
  t.same(stats.pids, { current: 2n, limit: 0n });
  t.same(stats.blkio.ioServiceBytesRecursive, [
    { major: 254, minor: 0, op: "Read", value: 10n },
    { major: 254, minor: 0, op: "Write", value: 20n },
  ]);
  t.same(
    stats.blkio.ioServicedRecursive.map(({ value }) => value),
    [1n, 2n],
  );
  t.same(stats.hugetlb, { "2MB": { usage: 0n, max: 2n ** 64n - 1n, failcnt: 9n } });
  t.match(stringifyJson(stats), /"limit":18446744073709551615/);
});

t.test("cgroupStats() copes with a cgroup that has no controllers", async (t) => {
  const stats = await cgroupStats(async () => undefined, []);
  t.equal(stats.cpu.usage.total, 0n);
  t.equal(stats.cpu.psi, undefined);
  t.same(stats.blkio.ioServicedRecursive, []);
});

t.test("cgroupStats() fails once where the cgroup goes meanwhile", async (t) => {
  let unhandled = 0;
  const count = (): void => void (unhandled += 1);
  process.on("unhandledRejection", count);
  t.teardown(() => process.off("unhandledRejection", count));
  const gone = new Error("ENODEV: no such device, read");
  for (const file of ["cpu.stat", "io.stat", "memory.stat", "pids.max", "hugetlb.1GB.max"]) {
    const read = async (asked: string): Promise<string> => {
      if (asked === file || asked.startsWith("hugetlb")) throw gone;
      return "";
    };
    await t.rejects(cgroupStats(read, ["2MB", "1GB"]), gone);
  }
  await new Promise(setImmediate);
  t.equal(unhandled, 0);
});

t.test("cgroupFileReader() tells a missing file from one that can't be read", async (t) => {
  const directory = t.testdir({ file: "x", folder: {} });
  const read = cgroupFileReader(directory);
  t.equal(await read("file"), "x");
  t.equal(await read("missing"), undefined);
  await t.rejects(read("folder"), { code: "EISDIR" });
});
