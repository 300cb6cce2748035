import { readdirSync, readFileSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";
import t from "tap";
import { readHierarchies } from "../../src/host/cgroup/hierarchies.js";
import type { LinuxResources } from "../../src/oci/linux-resources.js";
import { busyboxSpec, type SpecOverrides } from "../support/busybox-bundle.js";
import { HostCgroup } from "../support/host-cgroup.js";
import { processEnd } from "../support/process-end.js";
import { type CreatedContainer, TestTskata } from "../support/tskata.js";

const MIB = 2 ** 20;
const SETTINGS = `[guest]\nmemory_mib = 512\n[host_cgroup]\noverhead_memory_mib = 300\noverhead_pids = 200\noverhead_cpus = 0.5\n`;
/** The supervisor, virtiofsd and its child, what stands for QEMU, and QEMU. */
const VM = [/^node$|^MainThread$/, /^tskata-/, /^virtiofsd$/];

/** Runs a command whose output nobody waits for the end of: a monitor holds it. */
const QUIETLY = ["sh", "-c", '"$@" < /dev/null > /dev/null 2>&1', "sh"];

/** A container that sleeps, with cgroups on the host. */
function sleeper(cgroupsPath: string, resources: LinuxResources = {}): SpecOverrides {
  return { linux: { ...busyboxSpec().linux, cgroupsPath, resources }, process: { args: ["sleep", "1000"] } };
}

/** Cgroups of processes, a line each that tells them apart. */
function membership(pid: number): string {
  return readFileSync(`/proc/${pid}/cgroup`, "utf8");
}

/** The processes of a container's VM, by what they have in their environment or are. */
function vmPids(tskata: TestTskata, id: string): number[] {
  const { runDirectory, supervisor } = tskata.record(id);
  const others = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const texts = ["environ", "cmdline"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
        return texts.some((text) => text.includes(runDirectory)) && !texts[1]?.includes("tskata-monitor");
      } catch {
        return false; // it ended meanwhile
      }
    });
  return [supervisor?.pid ?? 0, ...others.map(Number)];
}

for (const [how, config] of [
  ["is a clone", ""],
  ["has booted", "[template]\nenabled = false\n"],
] as const) {
  t.test(`a VM that ${how} lives in its container's cgroups, with limits that leave it room`, async (t) => {
    const tskata = new TestTskata(t, `${SETTINGS}${config}`);
    const path = `/${tskata.marker}`;
    const limits = { memory: { limit: 32 * MIB }, pids: { limit: 5 }, cpu: { quota: 10_000, period: 100_000 } };
    const { id, pid } = await tskata.start(tskata.bundle(sleeper(path, limits)));
    const [memory, pids, cpu] = (["memory", "pids", "cpu"] as const).map((name) => new HostCgroup(name, path));

    const processes = vmPids(tskata, id);
    t.ok(processes.length >= 3, "the supervisor, QEMU and what serves files");
    for (const each of processes) t.equal(membership(each), membership(pid), `process ${each}`);
    const names = memory?.names() ?? [];
    for (const pattern of VM)
      t.ok(
        names.some((name) => pattern.test(name)),
        String(pattern),
      );
    t.equal(memory?.limit(), (512 + 300) * MIB);
    t.equal(pids?.limit(), 205);
    t.equal(cpu?.limit(), 60_000);

    await tskata.ok(["exec", "--detach", id, "sleep", "1000"], { enter: QUIETLY });
    t.ok(memory?.names().filter((name) => name === "tskata-monitor").length === 2, "the monitor of an exec as well");

    await tskata.ok(["update", "--memory", "500M", "--pids-limit", "7", "--cpu-quota", "20000", id]);
    t.equal(memory?.limit(), (640 + 300) * MIB, "the VM has grown to 500 MiB and what its kernel takes");
    t.equal(pids?.limit(), 207);
    t.equal(cpu?.limit(), 70_000);
    await tskata.ok(["update", "--memory", "32M", id]);
    t.equal(memory?.limit(), (512 + 300) * MIB, "and has shrunk again");

    await tskata.ok(["delete", "--force", id]);
    t.notOk(memory?.exists);
    t.notOk(pids?.exists);
  });
}

t.test("a container without limits has none on the host", async (t) => {
  const tskata = new TestTskata(t);
  const path = `/${tskata.marker}`;
  const { id } = await tskata.start(tskata.bundle(sleeper(path)));
  const memory = new HostCgroup("memory", path);
  t.ok(memory.pids().includes(tskata.record(id).supervisor?.pid ?? 0));
  t.ok(memory.limit() > 2 ** 50 || Number.isNaN(memory.limit()));
  t.ok(Number.isNaN(new HostCgroup("pids", path).limit()), "max");
});

t.test("out of memory, a process in the guest is killed, and neither its container nor the VM", async (t) => {
  const tskata = new TestTskata(t);
  const { id } = await tskata.start(tskata.bundle(sleeper(`/${tskata.marker}`, { memory: { limit: 32 * MIB } })));
  const hog = ["exec", id, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"];
  t.match(await tskata.run(hog), { status: 137 });
  t.equal(await tskata.ok(["exec", id, "echo", "alive"]), "alive");
});

t.test("with `mirror` nothing but monitors is there, and the very limits", async (t) => {
  const tskata = new TestTskata(t, `[host_cgroup]\nmode = "mirror"\n`);
  const path = `/${tskata.marker}`;
  const { id, pid } = await tskata.start(tskata.bundle(sleeper(path, { pids: { limit: 50 } })));
  const pids = new HostCgroup("pids", path);
  t.strictSame(pids.pids(), [pid]);
  t.equal(pids.limit(), 50);
  await tskata.ok(["update", "--pids-limit", "60", id]);
  t.equal(pids.limit(), 60);
  await tskata.ok(["delete", "--force", id]);
  t.notOk(pids.exists);
});

t.test("the VM is with its first container, and moves in with another one when that is deleted", async (t) => {
  const tskata = new TestTskata(t, SETTINGS);
  const memoryOf = (name: string): HostCgroup => new HostCgroup("memory", `/${tskata.marker}-${name}`);
  const limits = { memory: { limit: 64 * MIB }, pids: { limit: 9 } };
  const start = async (name: string, owner?: CreatedContainer): Promise<CreatedContainer> => {
    const spec = sleeper(`/${tskata.marker}-${name}`, limits);
    const others = spec.linux?.namespaces?.filter(({ type }) => type !== "ipc") ?? [];
    const ipc = { type: "ipc", path: `/proc/${owner?.pid}/ns/ipc` } as const;
    const linux = owner === undefined ? spec.linux : { ...spec.linux, namespaces: [...others, ipc] };
    return tskata.start(tskata.bundle({ ...spec, ...(linux && { linux }) }));
  };
  const first = await start("first");
  const second = await start("second", first);
  const supervisor = tskata.record(first.id).supervisor?.pid ?? 0;
  t.strictSame(memoryOf("second").pids(), [second.pid], "the second one's monitor is alone");
  t.equal(memoryOf("second").limit(), 64 * MIB);
  t.ok(memoryOf("first").pids().includes(supervisor));
  t.equal(memoryOf("first").limit(), (512 + 300) * MIB);
  await tskata.ok(["update", "--memory", "500M", second.id]);
  t.equal(memoryOf("second").limit(), 500 * MIB);
  // 500 MiB, 64 MiB and what the guest takes, in blocks of 128 MiB
  t.equal(memoryOf("first").limit(), (768 + 300) * MIB, "the VM has grown by what the second one may use");

  const processes = vmPids(tskata, second.id);
  await tskata.ok(["delete", "--force", first.id]);
  t.notOk(memoryOf("first").exists);
  for (const pid of processes) t.equal(membership(pid), membership(second.pid), `process ${pid}`);
  t.equal(new HostCgroup("pids", `/${tskata.marker}-second`).limit(), 209);
  t.ok(memoryOf("second").limit() >= (640 + 300) * MIB);
  t.equal(await tskata.ok(["exec", second.id, "echo", "alive"]), "alive");
  await tskata.ok(["delete", "--force", second.id]);
  t.notOk(memoryOf("second").exists);
});

t.test("a supervisor that is killed leaves nothing that delete doesn't remove", async (t) => {
  const tskata = new TestTskata(t);
  const path = `/${tskata.marker}`;
  const { id, pid } = await tskata.start(tskata.bundle(sleeper(path, { memory: { limit: 32 * MIB } })));
  process.kill(tskata.record(id).supervisor?.pid ?? 0, "SIGKILL");
  await processEnd(pid);
  await tskata.ok(["gc"]);
  await tskata.ok(["delete", id]);
  t.notOk(new HostCgroup("memory", path).exists);
});

t.test("with --systemd-cgroup the cgroup is a scope in its slices", async (t) => {
  const tskata = new TestTskata(t);
  const bundle = tskata.bundle(sleeper(`${tskata.marker}-a.slice:libpod:c1`, { pids: { limit: 5 } }));
  const slices = `/${tskata.marker}.slice/${tskata.marker}-a.slice`;
  const id = tskata.newId();
  t.teardown(() => {
    for (const { mountPoint } of readHierarchies()) {
      for (const path of [slices, dirname(slices)]) rmdirSync(`${mountPoint}${path}`);
    }
  });
  await tskata.ok(["--systemd-cgroup", "create", "--bundle", bundle, "--pid-file", `${tskata.directory}/pid`, id], {
    enter: QUIETLY,
  });
  await tskata.ok(["--systemd-cgroup", "start", id]);
  const pids = new HostCgroup("pids", `${slices}/libpod-c1.scope`);
  t.ok(pids.pids().includes(Number(readFileSync(`${tskata.directory}/pid`, "utf8"))));
  t.ok(pids.pids().includes(tskata.record(id).supervisor?.pid ?? 0));
  t.equal(pids.limit(), 5 + 256);
  await tskata.ok(["--systemd-cgroup", "delete", "--force", id]);
  t.notOk(pids.exists);

  const other = tskata.bundle(sleeper("/no/scope"));
  t.match(await tskata.run(["--systemd-cgroup", "run", "--bundle", other, tskata.newId()]), {
    status: 1,
    stderr: /linux\.cgroupsPath: found "\/no\/scope", expected slice:prefix:name/,
  });
});
