import { readFileSync } from "node:fs";
import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import type { EngineWorld } from "./support/engine-world.js";
import { unlessVersion } from "./support/version.js";

/** From this version on `runtimes` of daemon.json takes containerd's shims, and their options. */
const FIRST_WITH_TYPES = 23;
const TAKES_TYPES = unlessVersion("docker", { from: FIRST_WITH_TYPES });
const KNOWS_NO_TYPES = unlessVersion("docker", { before: FIRST_WITH_TYPES });

const settings = ({ runtime }: EngineWorld) => ({
  runtimes: { typed: { runtimeType: "io.containerd.runc.v2", options: { BinaryName: runtime } } },
  "default-runtime": "typed",
});

t.test("Docker takes the runtime as an option of containerd's shim", { skip: TAKES_TYPES }, async (t) => {
  const docker = await Docker.start(t, { settings });

  await t.test("and runs containers in VMs", async (t) => {
    t.match(await docker.once(IMAGE, "sh", "-c", "uname -r; exit 3"), { status: 3, text: /-tskata$/ });
    t.match(await docker.once(IMAGE, "no-such-program"), { status: 127, stderr: /not found in \$PATH/ });
  });

  await t.test("with their network from the first instruction", async (t) => {
    t.match(await docker.ok("run", "--rm", IMAGE, "ping", "-c", "1", "-W", "5", "172.17.0.1"), /1 packets received/);
  });

  await t.test("and takes them through their lives", async (t) => {
    await docker.ok("run", "--detach", "--name", "typed", IMAGE, "sleep", "1000");
    t.equal(await docker.inspect("typed", "{{.HostConfig.Runtime}}"), "typed");
    t.equal(await docker.ok("exec", "typed", "echo", "executed"), "executed");
    await docker.ok("update", "--memory", "300m", "--memory-swap", "300m", "typed");
    t.equal(await docker.ok("exec", "typed", "cat", "/sys/fs/cgroup/memory.max"), String(300 << 20));
    await docker.ok("stop", "--time", "0", "typed");
    t.equal(await docker.inspect("typed", "{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
    await docker.ok("start", "typed");
    t.equal(await docker.ok("exec", "typed", "echo", "back"), "back");
    await docker.ok("rm", "--force", "typed");
  });
});

t.test("Docker before version 23 runs runc in its place", { skip: KNOWS_NO_TYPES }, async (t) => {
  const docker = await Docker.start(t, { settings });
  t.equal((await docker.once(IMAGE, "cat", "/proc/version")).text, readFileSync("/proc/version", "utf8").trim());
});
