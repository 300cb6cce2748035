import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { processEnd } from "../support/process-end.js";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

/** Busy, and deaf to SIGTERM. */
const STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.1; done";
const KIBIBYTE = 1024;

t.test("Docker takes containers through their lives", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const state = (name: string) => docker.inspect(name, "{{.State.Status}} {{.State.ExitCode}}");
  const ready = async (name: string) => {
    const logs = docker.talk("logs", "--follow", name);
    await logs.says(/ready/);
    logs.child.kill();
    await logs.ended;
  };

  await t.test("stop asks with SIGTERM", async (t) => {
    const script = 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.1; done';
    await docker.detached("--name", "polite", IMAGE, "sh", "-c", script);
    await ready("polite");
    await docker.ok("stop", "polite");
    t.equal(await state("polite"), "exited 0");
    t.equal(await docker.ok("logs", "polite"), "ready\nbye");
    await docker.ok("rm", "polite");
  });

  await t.test("stop kills who doesn't listen once its time is up", async (t) => {
    await docker.detached("--name", "stubborn", IMAGE, "sh", "-c", STUBBORN);
    await ready("stubborn");
    await docker.ok("stop", "--time", "1", "stubborn");
    t.equal(await state("stubborn"), "exited 137");
    await docker.ok("rm", "stubborn");
  });

  await t.test("the image's stop signal is what stop sends", async (t) => {
    const script = 'trap "exit 21" USR2; echo ready; while :; do sleep 0.1; done';
    await docker.detached("--name", "signalled", "--stop-signal", "USR2", IMAGE, "sh", "-c", script);
    await ready("signalled");
    await docker.ok("stop", "signalled");
    t.equal(await state("signalled"), "exited 21");
    await docker.ok("rm", "signalled");
  });

  await t.test("kill sends the signal that it is told to", async (t) => {
    const script = 'trap "echo caught" USR1; echo ready; while :; do sleep 0.1; done';
    await docker.detached("--name", "killed", IMAGE, "sh", "-c", script);
    await ready("killed");
    const logs = docker.talk("logs", "--follow", "killed");
    await docker.ok("kill", "--signal", "USR1", "killed");
    await logs.says(/caught/);
    t.equal(await state("killed"), "running 0");
    await docker.ok("kill", "killed");
    t.equal((await logs.ended).status, 0);
    t.equal(await state("killed"), "exited 137");
    await docker.ok("rm", "killed");
  });

  await t.test("restart begins anew in the same files", async (t) => {
    const script = "echo life >> /lives; cat /lives; echo ready; sleep 1000";
    await docker.detached("--name", "again", IMAGE, "sh", "-c", script);
    await ready("again");
    await docker.ok("restart", "--time", "0", "again");
    const logs = docker.talk("logs", "--follow", "again");
    await logs.says(/life\nlife\nready/);
    t.equal(await state("again"), "running 0");
    await docker.ok("rm", "--force", "again");
    await logs.ended;
  });

  await t.test("the restart policy on-failure tries as often as it says", async (t) => {
    await docker.detached("--name", "failing", "--restart", "on-failure:2", IMAGE, "sh", "-c", "echo try; exit 6");
    const since = await docker.inspect("failing", "{{.Created}}");
    const events = docker.talk("events", "--since", since, "--filter", "container=failing", "--filter", "event=die");
    await events.says(/(die[^]*){3}/);
    events.child.kill();
    await events.ended;
    t.equal(await docker.inspect("failing", "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}"), "2 exited 6");
    t.equal(await docker.ok("logs", "failing"), "try\ntry\ntry");
    await docker.ok("rm", "failing");
  });

  await t.test("the restart policy always brings back a container whose process on the host was killed", async (t) => {
    await docker.detached("--name", "always", "--restart", "always", IMAGE, "sh", "-c", "echo ready; sleep 1000");
    await ready("always");
    const events = docker.talk("events", "--filter", "container=always", "--format", "{{.Action}}");
    const pid = Number(await docker.inspect("always", "{{.State.Pid}}"));
    process.kill(pid, "SIGKILL");
    await processEnd(pid);
    await events.says(/^die\nstart$/m);
    t.equal(await docker.inspect("always", "{{.RestartCount}} {{.State.Status}}"), "1 running");
    t.not(await docker.inspect("always", "{{.State.Pid}}"), String(pid));
    t.equal(await docker.ok("exec", "always", "echo", "back"), "back");
    await docker.ok("rm", "--force", "always");
    events.child.kill();
    await events.ended;
  });

  await t.test("pause stops a container's processes, and unpause lets them go on", async (t) => {
    const script = "while :; do i=$((i + 1)); echo $i > /new; mv /new /count; test $i = 5 && echo ready; done";
    await docker.detached("--name", "paused", IMAGE, "sh", "-c", script);
    await ready("paused");
    await docker.ok("pause", "paused");
    t.equal(await docker.inspect("paused", "{{.State.Status}} {{.State.Paused}}"), "paused true");
    const count = () =>
      docker.ok("cp", "paused:/count", "-").then((archive) => /\n?(\d+)\n/.exec(archive.slice(500))?.[1]);
    const stopped = await count();
    t.ok(stopped);
    t.equal(await count(), stopped, "it doesn't count on");
    t.match(await docker.run(["exec", "paused", "true"]), { status: 1, stderr: /is paused/ });
    await docker.ok("unpause", "paused");
    await docker.ok("exec", "paused", "sh", "-c", `until test "$(cat /count)" != "${stopped}"; do sleep 0.1; done`);
    await docker.ok("rm", "--force", "paused");
  });

  await t.test("update grows and shrinks the VM with the limits", async (t) => {
    await docker.detached("--name", "sized", "--memory", "256m", "--cpus", "1", IMAGE, "sleep", "1000");
    const look = async () => {
      const script =
        "nproc; awk '/MemTotal/ {print $2}' /proc/meminfo; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max";
      const [processors, total, memory, cpu] = (await docker.ok("exec", "sized", "sh", "-c", script)).split("\n");
      return { processors: Number(processors), total: Number(total) * KIBIBYTE, memory: Number(memory), cpu };
    };
    const before = await look();
    t.match(before, { processors: 1, memory: 256 << 20, cpu: "100000 100000" });
    await docker.ok("update", "--memory", "3g", "--memory-swap", "3g", "--cpus", "2", "sized");
    const grown = await look();
    t.match(grown, { processors: 2, memory: 3 * 2 ** 30, cpu: "200000 100000" });
    t.ok(grown.total > 3 * 2 ** 30, "the VM has room for the new limit");
    await docker.ok("update", "--memory", "200m", "--memory-swap", "200m", "--cpus", "0.5", "sized");
    const shrunk = await look();
    t.match(shrunk, { processors: 1, memory: 200 << 20, cpu: "50000 100000" });
    t.equal(shrunk.total, before.total);
    await docker.ok("rm", "--force", "sized");
  });

  await t.test("top and stats tell of the container's process on the host", async (t) => {
    await docker.detached("--name", "watched", IMAGE, "sh", "-c", "echo ready; sleep 1000");
    await ready("watched");
    const pid = await docker.inspect("watched", "{{.State.Pid}}");
    t.match(await docker.ok("top", "watched", "-o", "pid,comm"), new RegExp(`^PID +COMMAND\n${pid} +tskata-monitor$`));
    t.ok(existsSync(`/proc/${pid}/ns/net`));
    t.match(readFileSync(`/proc/${pid}/cgroup`, "utf8"), docker.world.marker);
    await docker.detached("--name", "peer", "--runtime", "runc", IMAGE, "sleep", "1000");
    // containerd reads no cgroup at all where this machine has a controller that isn't mounted
    const hasFigures = async (name: string) =>
      /^[1-9]\S* ?\/ [1-9]\S* [1-9]/.test(
        await docker.ok("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", name),
      );
    t.equal(await hasFigures("watched"), await hasFigures("peer"));
    await docker.ok("rm", "--force", "peer");
    await docker.ok("rm", "--force", "watched");
  });

  await t.test("health checks are run in the container", async (t) => {
    const check = ["--health-cmd", "test -e /well", "--health-interval", "1s", "--health-retries", "1"];
    await docker.detached("--name", "ill", ...check, IMAGE, "sleep", "1000");
    const since = await docker.inspect("ill", "{{.State.StartedAt}}");
    const events = docker.talk("events", "--since", since, "--filter", "container=ill", "--format", "{{.Action}}");
    await events.says(/^health_status: unhealthy$/m);
    await docker.ok("exec", "ill", "touch", "/well");
    await events.says(/^health_status: healthy$/m);
    t.equal(await docker.inspect("ill", "{{.State.Health.Status}}"), "healthy");
    await docker.ok("rm", "--force", "ill");
    events.child.kill();
    await events.ended;
  });
});
