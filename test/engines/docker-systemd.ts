import { existsSync } from "node:fs";
import t from "tap";
import { HostCgroup } from "../support/host-cgroup.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

const MIB = 2 ** 20;
const SETTINGS =
  "[guest]\nmemory_mib = 512\n[host_cgroup]\noverhead_memory_mib = 300\noverhead_pids = 200\noverhead_cpus = 0.5\n";
/** There where systemd is this machine's init: sd_booted(3). */
const isBooted = existsSync("/run/systemd/system");

const skip = isBooted ? unlessInstalled("docker") : "systemd is not this machine's init";
t.test("Docker has systemd make the cgroups", { skip }, async (t) => {
  const settings = ({ marker }: { marker: string }) => ({
    "exec-opts": ["native.cgroupdriver=systemd"],
    "cgroup-parent": `${marker}.slice`,
  });
  const docker = await Docker.start(t, { config: SETTINGS, settings });
  const slice = `${docker.world.marker}.slice`;
  t.teardown(() => docker.world.ok(["systemctl", "stop", slice]));
  const limits = ["-m", "32m", "--pids-limit", "5", "--cpus", "0.1"];
  const id = await docker.detached("--name", "kept", ...limits, IMAGE, "sleep", "1000");
  const unit = `docker-${id}.scope`;
  const cgroup = (controller: "memory" | "pids" | "cpu") => new HostCgroup(controller, `/${slice}/${unit}`);
  const show = async (...properties: string[]): Promise<Record<string, string>> => {
    const text = await docker.world.ok(["systemctl", "show", unit, `--property=${properties.join()}`]);
    return Object.fromEntries(text.split("\n").map((line) => line.split("=", 2) as [string, string]));
  };

  await t.test("a scope for each container, with room for its VM, which lives there", async (t) => {
    t.match(await show("ActiveState", "Slice", "Delegate", "MemoryMax", "TasksMax", "CPUQuotaPerSecUSec"), {
      ActiveState: "active",
      Slice: slice,
      Delegate: "yes",
      MemoryMax: String((512 + 300) * MIB),
      TasksMax: "205",
      CPUQuotaPerSecUSec: "600ms",
    });
    t.equal(cgroup("memory").limit(), (512 + 300) * MIB);
    t.equal(cgroup("pids").limit(), 205);
    const names = cgroup("memory").names();
    for (const pattern of [/^node$|^MainThread$/, /^tskata-/, /^tskata-monitor$/]) {
      t.ok(
        names.some((name) => pattern.test(name)),
        String(pattern),
      );
    }
    t.equal(await docker.ok("exec", "kept", "cat", "/sys/fs/cgroup/memory.max"), String(32 * MIB));
  });

  await t.test("docker update changes what systemd knows", async (t) => {
    await docker.ok("update", "--memory", "500m", "--memory-swap", "1g", "--pids-limit", "50", "kept");
    t.match(await show("MemoryMax", "TasksMax"), { MemoryMax: String((640 + 300) * MIB), TasksMax: "250" });
    t.equal(cgroup("memory").limit(), (640 + 300) * MIB);
    await docker.world.ok(["systemctl", "daemon-reload"]);
    t.equal(cgroup("pids").limit(), 250, "and brings back");
  });

  await t.test("pause, exec and restart go on", async (t) => {
    await docker.ok("pause", "kept");
    await docker.ok("unpause", "kept");
    t.equal(await docker.ok("exec", "kept", "echo", "alive"), "alive");
    await docker.ok("restart", "--time", "0", "kept");
    t.equal(await docker.ok("exec", "kept", "echo", "alive"), "alive");
    t.match(await show("ActiveState"), { ActiveState: "active" });
  });

  await t.test("the scope goes with its container", async (t) => {
    await docker.ok("rm", "--force", "kept");
    t.match(await show("ActiveState", "LoadState"), { ActiveState: "inactive" });
    t.notOk(cgroup("memory").exists);
  });
});
