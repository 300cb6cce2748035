import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessVersion } from "./support/version.js";

/** From this version on `runtimes` of daemon.json takes containerd's shims. */
const TAKES_TYPES = unlessVersion("docker", { from: 23 });
const DEADLINE_MS = 30_000;
const MIB = 2 ** 20;

t.test("Docker runs containers by our own shim", { skip: TAKES_TYPES }, async (t) => {
  const docker = await Docker.start(t, {
    settings: ({ shim }) => ({
      runtimes: { shim: { runtimeType: shim } },
      "default-runtime": "shim",
      "live-restore": true,
    }),
  });
  const detached = (name: string, ...args: string[]) => docker.ok("run", "--detach", "--name", name, ...args);

  await t.test("with output, status, input and errors", async (t) => {
    t.match(await docker.once(IMAGE, "sh", "-c", "uname -r; echo err >&2; exit 3"), {
      status: 3,
      text: /-tskata$/,
      stderr: "err\n",
    });
    t.match(await docker.once(IMAGE, "no-such-program"), { status: 127, stderr: /not found in \$PATH/ });
    const echoed = await docker.run(["run", "--rm", "--interactive", IMAGE, "cat"], { input: "a line\n" });
    t.match(echoed, { status: 0, text: "a line" });
  });

  await t.test("with their network from the first instruction, and each other's names", async (t) => {
    t.match(await docker.ok("run", "--rm", IMAGE, "ping", "-c", "1", "-W", "5", "172.17.0.1"), /1 packets received/);
    await docker.ok("network", "create", "named");
    await detached("server", "--network", "named", IMAGE, "sleep", "1000");
    t.match(
      await docker.ok("run", "--rm", "--network", "named", IMAGE, "ping", "-c", "1", "-W", "5", "server"),
      /1 packets received/,
    );
    await docker.ok("rm", "--force", "server");
    await docker.ok("network", "rm", "named");
  });

  await t.test("and takes them through their lives", async (t) => {
    await detached("kept", IMAGE, "sleep", "1000");
    t.equal(await docker.ok("exec", "kept", "echo", "executed"), "executed");
    t.match(await docker.run(["exec", "kept", "sh", "-c", "exit 9"]), { status: 9 });
    await docker.ok("pause", "kept");
    t.equal(await docker.inspect("kept", "{{.State.Status}}"), "paused");
    await docker.ok("unpause", "kept");
    await docker.ok("update", "--memory", "300m", "--memory-swap", "300m", "kept");
    t.equal(await docker.ok("exec", "kept", "cat", "/sys/fs/cgroup/memory.max"), String(300 * MIB));
    await docker.ok("restart", "--time", "0", "kept");
    t.equal(await docker.ok("exec", "kept", "echo", "back"), "back");
    await docker.ok("stop", "--time", "0", "kept");
    t.equal(await docker.inspect("kept", "{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
    await docker.ok("rm", "kept");
  });

  await t.test("whose figures are the guest's", async (t) => {
    await detached("measured", "--memory", "64m", "--pids-limit", "50", IMAGE, "sleep", "1000");
    const line = await docker.ok("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "measured");
    const [, used = "", unit, limit, pids] = /^([\d.]+)(KiB|MiB) \/ (\w+) (\d+)$/.exec(line) ?? [];
    t.equal(limit, "64MiB");
    t.equal(pids, "1");
    t.ok(unit === "KiB" || Number(used) < 10, `${line}: a sleep takes little`);
    await docker.ok("rm", "--force", "measured");
  });

  await t.test("and tells of memory that ran out", async (t) => {
    await detached("hog", "--memory", "32m", IMAGE, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1");
    t.equal(await docker.ok("wait", "hog"), "137");
    t.equal(await docker.inspect("hog", "{{.State.OOMKilled}}"), "true");
    await docker.ok("rm", "hog");
    await detached("host", "--memory", "32m", IMAGE, "sleep", "1000");
    await docker.run(["exec", "host", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"]);
    await withDeadline("the news", DEADLINE_MS, async (signal) => {
      while ((await docker.inspect("host", "{{.State.OOMKilled}}")) !== "true") signal.throwIfAborted();
    });
    t.equal(await docker.inspect("host", "{{.State.Running}} {{.State.OOMKilled}}"), "true true");
    await docker.ok("rm", "--force", "host");
  });

  await t.test("and finds those that ended while it was away, and those that go on", async (t) => {
    const volume = docker.world.makeDirectory("signals");
    await detached("lasting", IMAGE, "sleep", "1000");
    const wait = "until test -e /v/end; do sleep 0.1; done; exit 7";
    await detached("ending", "--volume", `${volume}:/v`, IMAGE, "sh", "-c", wait);
    await docker.daemon.stop();
    writeFileSync(join(volume, "end"), "");
    await docker.daemon.start();
    t.equal(await docker.ok("wait", "ending"), "7");
    t.equal(await docker.inspect("lasting", "{{.State.Status}}"), "running");
    t.equal(await docker.ok("exec", "lasting", "echo", "still"), "still");
    await docker.ok("rm", "--force", "lasting", "ending");
  });
});
