import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import t from "tap";
import { TestTskata } from "../support/tskata.js";

const SLEEP = { process: { args: ["sleep", "1000"] } };
const KIB_PER_MIB = 1024;
/** Less than the limits that it follows. */
const HALF_A_GIBIBYTE = "[guest]\nmemory_mib = 512\n";
/** Of what four CPUs' worth of time would take. */
const CPUS = Math.min(4, availableParallelism());

/** What a container sees of its VM. */
interface Seen {
  readonly nproc: number;
  /** Processors in /proc/cpuinfo. */
  readonly listed: number;
  readonly memoryKib: number;
  readonly cpuset: string;
  readonly memoryMax: string;
}

async function look(tskata: TestTskata, id: string): Promise<Seen> {
  const files = "/sys/fs/cgroup/cpuset.cpus.effective /sys/fs/cgroup/memory.max";
  const script = `nproc; grep -c ^processor /proc/cpuinfo; grep MemTotal /proc/meminfo; cat ${files}`;
  const lines = (await tskata.ok(["exec", id, "sh", "-c", script])).split("\n");
  const [nproc, listed, memory = "", cpuset = "", memoryMax = ""] = lines;
  const memoryKib = Number(/(\d+) kB/.exec(memory)?.[1]);
  return { nproc: Number(nproc), listed: Number(listed), memoryKib, cpuset, memoryMax };
}

t.test("a VM grows and shrinks with its container's limits, again and again", async (t) => {
  const tskata = new TestTskata(t, HALF_A_GIBIBYTE);
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  const boot = await look(tskata, id);
  t.match(boot, { nproc: 1, listed: 1, cpuset: "0", memoryMax: "max" });
  const allCpus = CPUS === 1 ? "0" : `0-${CPUS - 1}`;
  for (let round = 0; round < 2; round += 1) {
    await tskata.ok(["update", "--memory", "1G", "--cpu-quota", "400000", "--cpu-period", "100000", id]);
    const grown = await look(tskata, id);
    t.match(grown, { nproc: CPUS, listed: CPUS, cpuset: allCpus, memoryMax: `${2 ** 30}` });
    // 1 GiB and what the guest takes, beside the 512 MiB of the boot
    t.equal(grown.memoryKib - boot.memoryKib, 640 * KIB_PER_MIB);
    const work = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done";
    await tskata.ok(["exec", id, "sh", "-c", `(${work}) & (${work}) & wait; sleep 0.01`]);

    const limits = JSON.stringify({ memory: { limit: 2 ** 26 }, cpu: { quota: 50_000, period: 100_000 } });
    await tskata.ok(["update", "--resources", "-", id], { input: limits });
    t.strictSame(await look(tskata, id), { ...boot, memoryMax: `${2 ** 26}` });
  }
  const log = readFileSync(join(tskata.record(id).runDirectory, "supervisor.log"), "utf8");
  t.notMatch(log, /the VM stays larger/);
});

t.test("update gives a container processors that the VM doesn't have yet", async (t) => {
  const tskata = new TestTskata(t, HALF_A_GIBIBYTE);
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  await tskata.ok(["pause", id]);
  const list = CPUS === 1 ? "0" : "0-1";
  await tskata.ok(["update", "--cpuset-cpus", list, id]);
  await tskata.ok(["resume", id]);
  t.match(await look(tskata, id), { nproc: Math.min(2, CPUS), cpuset: list });
  await tskata.ok(["update", "--cpuset-cpus", "0", id]);
  t.match(await look(tskata, id), { nproc: 1, listed: 1, cpuset: "0" });
});

t.test("what a container has on its plugged memory survives that this is taken back", async (t) => {
  const tskata = new TestTskata(t, HALF_A_GIBIBYTE);
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  await tskata.ok(["update", "--memory", "1G", id]);
  // 640 MiB of page cache are more than the VM was booted with
  const digest = await tskata.ok([
    "exec",
    id,
    "sh",
    "-c",
    "dd if=/dev/urandom of=/big bs=1M count=100 status=none; md5sum /big",
  ]);
  await tskata.ok([
    "exec",
    id,
    "sh",
    "-c",
    "for i in 1 2 3 4 5 6; do cat /big; done > /bigger; cat /bigger > /dev/null",
  ]);
  await tskata.ok(["update", "--memory", "200M", id]);
  t.equal(await tskata.ok(["exec", id, "md5sum", "/big"]), digest);
});

t.test("where the VM can't grow, limits change with a warning, once", async (t) => {
  const tskata = new TestTskata(t, `${HALF_A_GIBIBYTE}[qemu]\nmachine = "microvm"\n`);
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  const boot = await look(tskata, id);
  const { status, stderr } = await tskata.run(["update", "--memory", "1G", id]);
  t.equal(status, 0);
  t.match(
    stderr,
    /level=warning msg="update .*: the memory limit is more than the VM has: .*; machine q35 can \(qemu\.machine\)"/,
  );
  t.strictSame(await look(tskata, id), { ...boot, memoryMax: `${2 ** 30}` });
  t.match(await tskata.run(["update", "--pids-limit", "50", id]), { status: 0, stderr: /^$/ });
});
