import t from "tap";
import { HostCgroup } from "../support/host-cgroup.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

const MIB = 2 ** 20;
const SETTINGS =
  "[guest]\nmemory_mib = 512\n[host_cgroup]\noverhead_memory_mib = 300\noverhead_pids = 200\noverhead_cpus = 0.5\n";
const CGROUP = "/sys/fs/cgroup";

t.test("Docker limits containers", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t, { config: SETTINGS });
  const run = (...args: string[]) => docker.run(["run", "--rm", "--network", "none", ...args]);
  const start = (...args: string[]) => docker.ok("run", "--detach", "--network", "none", ...args);
  const cgroup = (controller: "memory" | "pids" | "cpu", id: string) =>
    new HostCgroup(controller, `/${docker.world.marker}/${id}`);
  let kept = "";

  await t.test("in the guest, and on the host with room for the VM", async (t) => {
    const limits = ["-m", "32m", "--pids-limit", "5", "--cpus", "0.1"];
    kept = await start("--name", "kept", ...limits, IMAGE, "sleep", "1000");
    const files = ["memory.max", "pids.max", "cpu.max"].map((file) => `${CGROUP}/${file}`);
    t.equal(await docker.ok("exec", "kept", "cat", ...files), `${32 * MIB}\n5\n10000 100000`);
    t.equal(cgroup("memory", kept).limit(), (512 + 300) * MIB);
    t.equal(cgroup("pids", kept).limit(), 205);
    t.equal(cgroup("cpu", kept).limit(), 60_000);
    const names = cgroup("memory", kept).names();
    for (const pattern of [/^node$|^MainThread$/, /^tskata-/, /^virtiofsd$/, /^tskata-monitor$/]) {
      t.ok(
        names.some((name) => pattern.test(name)),
        String(pattern),
      );
    }
    t.strictSame(cgroup("pids", kept).names(), names);
  });

  await t.test("the guest refuses a sixth process, and the VM has more", async (t) => {
    const script = "for n in 1 2 3 4 5 6; do sleep 1000 & done; echo never";
    const refused = await docker.run(["exec", "kept", "sh", "-c", script]);
    t.match(refused, { status: /^[12]$/, stderr: /can't fork: Resource temporarily unavailable/ });
    t.notMatch(refused.text, "never");
    t.ok(cgroup("pids", kept).pids().length >= 5);
  });

  await t.test(
    "a process that takes too much memory is killed, and its container with it where it is the first",
    async (t) => {
      const hog = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"];
      await start("--name", "hog", "-m", "32m", IMAGE, ...hog);
      t.equal(await docker.ok("wait", "hog"), "137");
      const id = await start("--name", "host-of-hog", "-m", "32m", IMAGE, "sleep", "1000");
      t.match(await docker.run(["exec", "host-of-hog", ...hog]), { status: 137 });
      t.equal(await docker.ok("exec", "host-of-hog", "echo", "alive"), "alive");
      t.ok(cgroup("memory", id).names().length > 1, "the VM is there");
    },
  );

  await t.test("with a tenth of a processor a container runs", async (t) => {
    t.match(await run("--cpus", "0.1", IMAGE, "echo", "done"), { status: 0, text: "done" });
  });

  await t.test("docker update changes both", async (t) => {
    await docker.ok("update", "--memory", "500m", "--memory-swap", "1g", "--pids-limit", "50", "--cpus", "0.2", "kept");
    t.equal(await docker.ok("exec", "kept", "cat", `${CGROUP}/memory.max`), String(500 * MIB));
    t.equal(cgroup("memory", kept).limit(), (640 + 300) * MIB);
    t.equal(cgroup("pids", kept).limit(), 250);
    t.equal(cgroup("cpu", kept).limit(), 70_000);
  });

  await t.test("docker stats shows what the VM takes", async (t) => {
    const stats = await docker.ok("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "kept");
    const [, used = "0", unit, limit, pids = "0"] = /^([\d.]+)(\w+) \/ ([\d.]+MiB) (\d+)$/.exec(stats) ?? [];
    t.equal(unit, "MiB", stats);
    t.ok(Number(used) > 5, `more than a monitor: ${stats}`);
    t.equal(limit, "940MiB");
    t.ok(Number(pids) > 10, "with the threads of the VM");
  });

  await t.test("a container's cgroups go with it", async (t) => {
    await docker.ok("rm", "--force", "kept", "hog", "host-of-hog");
    for (const controller of ["memory", "pids", "cpu"] as const) t.notOk(cgroup(controller, kept).exists);
  });
});
