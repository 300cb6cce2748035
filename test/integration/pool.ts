import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { watch } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { withDeadline } from "../../src/common/deadline.js";
import type { PoolMember } from "../../src/host/state/pool-directory.js";
import { busyboxSpec } from "../support/busybox-bundle.js";
import { HostCgroup } from "../support/host-cgroup.js";
import { collect, TestTskata } from "../support/tskata.js";

const ROOT = repositoryRoot(import.meta.url);
const DEADLINE_MS = 60_000;

/** A tskata with a pool. */
class Pool {
  readonly tskata: TestTskata;
  readonly directory: string;
  readonly keeper: ChildProcess;
  /** Settles at the end of the pool's process. */
  readonly ended: Promise<unknown>;

  private constructor(t: Test, size: number, config: string) {
    this.tskata = new TestTskata(t, config);
    this.directory = `${this.tskata.runDirectory}-pool`;
    mkdirSync(this.directory, { mode: 0o700 });
    this.keeper = this.tskata.spawn(["pool", "start", "--size", String(size)]);
    this.ended = collect(this.keeper, "pool start", DEADLINE_MS * 10);
    t.teardown(() => this.end());
  }

  static async start(t: Test, size: number, config = ""): Promise<Pool> {
    const pool = new Pool(t, size, config);
    await pool.until(size);
    return pool;
  }

  /** Those that wait. */
  members(): PoolMember[] {
    return readdirSync(this.directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(this.directory, name), "utf8")) as PoolMember);
  }

  /** Waits until that many wait, and none of those that are named. */
  async until(count: number, but: readonly PoolMember[] = []): Promise<PoolMember[]> {
    const others = (): PoolMember[] =>
      this.members().filter((member) => !but.some(({ sandboxId }) => sandboxId === member.sandboxId));
    await withDeadline(`${count} VMs in the pool`, DEADLINE_MS, async (signal) => {
      const found = new AbortController();
      const changes = watch(this.directory, { signal: AbortSignal.any([signal, found.signal]) });
      let change = changes.next();
      while (others().length !== count) {
        await change;
        change = changes.next();
      }
      change.catch(() => undefined);
      found.abort();
    });
    return others();
  }

  /** Ends the pool's process. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.keeper.kill(signal);
    await this.ended;
  }
}

const SLEEP = { process: { args: ["sleep", "1000"] } };

t.test("a VM of the pool moves into its container's cgroups with all its processes", async (t) => {
  const { tskata } = await Pool.start(t, 1);
  const path = `/${tskata.marker}`;
  const linux = { ...busyboxSpec().linux, cgroupsPath: path, resources: { memory: { limit: 2 ** 25 } } };
  const { id, pid } = await tskata.start(tskata.bundle({ ...SLEEP, linux }));
  t.equal(tskata.record(id).fromPool, true);
  const memory = new HostCgroup("memory", path);
  t.match(memory.names().join(" "), /^(node|MainThread) tskata-.*tskata-monitor.* virtiofsd virtiofsd$/);
  const cgroups = memory.pids().map((each) => readFileSync(`/proc/${each}/cgroup`, "utf8"));
  t.strictSame(new Set(cgroups), new Set([readFileSync(`/proc/${pid}/cgroup`, "utf8")]));
  await tskata.ok(["delete", "--force", id]);
  t.notOk(memory.exists);
});

t.test("run takes a VM that waits, and the pool makes another", async (t) => {
  const pool = await Pool.start(t, 1);
  const { tskata } = pool;
  const [first] = pool.members();
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  t.equal(tskata.record(id).sandboxId, first?.sandboxId);
  t.match(await tskata.ok(["exec", id, "hostname"]), "tskata-test");
  const [second] = await pool.until(1);
  t.not(second?.sandboxId, first?.sandboxId);
  const status = JSON.parse(await tskata.ok(["pool", "status", "--format", "json"])) as object;
  t.match(status, { size: 1, waiting: [second?.sandboxId], pid: Number });
  t.match(await tskata.run(["pool", "start", "--size", "1"]), { status: 1, stderr: /another process keeps the pool/ });
  t.equal(await tskata.ok(["gc"]), "nothing to clean up");
  t.match(pool.members(), [{ sandboxId: second?.sandboxId }]);
  await tskata.ok(["pool", "stop"]);
  await pool.ended;
  t.strictSame(pool.members(), []);
  t.strictSame(readdirSync(tskata.runDirectory), [first?.sandboxId]);
  t.equal(await tskata.status(id), "running");
  t.match(await tskata.run(["pool", "stop"]), { status: 1, stderr: /nobody keeps the pool/ });
  t.equal(await tskata.ok(["pool", "status"]), "no pool");
});

t.test("more containers at the same time than wait all come to be, each in a VM of its own", async (t) => {
  const pool = await Pool.start(t, 2);
  const { tskata } = pool;
  const waiting = pool.members().map(({ sandboxId }) => sandboxId);
  const bundle = tskata.bundle(SLEEP);
  const all = await Promise.all([1, 2, 3, 4].map(() => tskata.create(bundle)));
  const used = all.map(({ id }) => tskata.record(id).sandboxId);
  t.equal(new Set(used).size, 4);
  for (const each of waiting) t.ok(used.includes(each));
});

t.test("where the pool's process is killed nothing waits any more, and containers go on", async (t) => {
  const pool = await Pool.start(t, 2);
  const { tskata } = pool;
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  await pool.until(2);
  await pool.end("SIGKILL");
  await pool.until(0);
  t.equal(await tskata.ok(["exec", id, "echo", "on"]), "on");
  await tskata.ok(["delete", "--force", id]);
  t.strictSame(await tskata.leaks(), []);
  t.match(await tskata.run(["run", "--bundle", tskata.bundle(), tskata.newId()]), { status: 0, stderr: "" });
});

t.test("a member whose supervisor was killed is passed over, and replaced", async (t) => {
  const pool = await Pool.start(t, 1);
  const { tskata } = pool;
  const members = pool.members();
  const pid = members[0]?.supervisor.pid ?? 0;
  process.kill(pid, "SIGKILL");
  t.match(await tskata.run(["run", "--bundle", tskata.bundle(), tskata.newId()]), { status: 0, stderr: "" });
  await pool.until(1, members);
  t.match(await tskata.ok(["gc"]), /removed|nothing to clean up/);
});

t.test("a member that is stale is handed to nobody, and replaced", async (t) => {
  const { kernel, image } = JSON.parse(readFileSync(join(ROOT, "build/guest.json"), "utf8")) as Record<
    "kernel" | "image",
    string
  >;
  const copy = join(t.testdir({}), "kernel");
  writeFileSync(copy, readFileSync(kernel));
  const pool = await Pool.start(t, 1, `[guest]\nkernel = "${copy}"\nimage = "${image}"\n`);
  const { tskata } = pool;
  const [old] = pool.members();
  utimesSync(copy, 1, 1);
  const { id } = await tskata.start(tskata.bundle(SLEEP));
  t.not(tskata.record(id).sandboxId, old?.sandboxId);
  t.notOk(existsSync(old?.runDirectory ?? ""));
  const members = await pool.until(1, old === undefined ? [] : [old]);
  utimesSync(copy, 2, 2);
  t.match(JSON.parse(await tskata.ok(["pool", "status", "-f", "json"])), { waiting: [] });
  await pool.until(1, members);
});

t.test("a container sees its caller's mounts, of a namespace and a time that the pool knows nothing of", async (t) => {
  const pool = await Pool.start(t, 1);
  const { tskata } = pool;
  const members = pool.members();
  const source = join(tskata.directory, "source");
  mkdirSync(source);
  const bundle = tskata.bundle({
    mounts: [...(busyboxSpec().mounts ?? []), { destination: "/data", type: "bind", source, options: ["rbind"] }],
    process: { args: ["sh", "-c", "cat /data/file /mnt/file; echo written > /data/new"] },
  });
  const inRoot = join(bundle, "rootfs/mnt");
  mkdirSync(inRoot, { recursive: true });
  const script = `mount -t tmpfs -o mode=755 none "$1" && echo data > "$1/file" && mount -t tmpfs none "$2" &&
    echo root > "$2/file" && "$3" --root "$4" run --bundle "$5" "$6" && cat "$1/new"`;
  const words = [source, inRoot, join(ROOT, "bin/tskata"), tskata.stateRoot, bundle, tskata.newId()];
  const output = execFileSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ...words], {
    env: { ...process.env, TSKATA_CONFIG: tskata.configPath },
    encoding: "utf8",
    timeout: DEADLINE_MS,
  });
  t.equal(output, "data\nroot\nwritten\n");
  t.notOk(existsSync(join(source, "new")));
  await pool.until(1, members);
});

t.test("containers of the pool share no random numbers, and their clocks are right", async (t) => {
  const pool = await Pool.start(t, 2);
  const { tskata } = pool;
  const bundle = tskata.bundle({
    process: { args: ["sh", "-c", "head -c 16 /dev/urandom | md5sum; cat /proc/sys/kernel/random/uuid; date +%s"] },
  });
  const texts = [await tskata.ok(["run", "--bundle", bundle, tskata.newId()])];
  texts.push(await tskata.ok(["run", "--bundle", bundle, tskata.newId()]));
  const [first = [], second = []] = texts.map((text) => text.split("\n"));
  t.not(first[0], second[0]);
  t.not(first[1], second[1]);
  for (const line of [first[2], second[2]]) t.ok(Math.abs(Number(line) - Date.now() / 1000) < 60);
});

t.test("a create that is killed once it has claimed a VM takes it along", async (t) => {
  const pool = await Pool.start(t, 1);
  const { tskata } = pool;
  const members = pool.members();
  const bundle = tskata.bundle({ hooks: { prestart: [{ path: "/bin/sleep", args: ["sleep", "1000"] }] } });
  const id = tskata.newId();
  const creation = tskata.spawn(["create", "--bundle", bundle, id], { stdio: "ignore" });
  await tskata.recordAppears(id);
  t.equal(tskata.record(id).sandboxId, members[0]?.sandboxId);
  creation.kill("SIGINT");
  await once(creation, "exit");
  t.notOk(existsSync(members[0]?.runDirectory ?? ""));
  await pool.until(1, members);
});
