import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { DockerRuntime } from "./support/docker-runtime.js";
import { unlessInstalled } from "./support/installed.js";

const LIVE_RESTORE = { settings: () => ({ "live-restore": true }) };
/** Says which of its lines it is at. */
const COUNTING = "i=0; while :; do i=$((i + 1)); echo line $i; sleep 0.1; done";

t.test("containers outlive Docker's daemons", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t, LIVE_RESTORE);
  const runtime = new DockerRuntime(docker);
  const isWell = async (name: string) => {
    t.equal(await docker.inspect(name, "{{.State.Status}}"), "running");
    t.equal(await docker.ok("exec", name, "echo", "well"), "well");
    await runtime.agrees(t);
  };

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await t.test(`dockerd is ended with ${signal} and comes back`, async (t) => {
      await docker.detached("--name", "lasting", IMAGE, "sh", "-c", COUNTING);
      const pid = await docker.inspect("lasting", "{{.State.Pid}}");
      await docker.daemon.stop(signal);
      t.match(await runtime.list(), [{ status: "running" }], "the container runs meanwhile");
      await docker.daemon.start();
      await isWell("lasting");
      t.equal(await docker.inspect("lasting", "{{.State.Pid}}"), pid, "it is the same process");
      const logs = docker.talk("logs", "--tail", "0", "--follow", "lasting");
      await logs.says(/^line \d+$/m);
      await docker.ok("stop", "--time", "1", "lasting");
      t.equal((await logs.ended).status, 0);
      t.equal(await docker.inspect("lasting", "{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
      await runtime.agrees(t);
      await docker.ok("rm", "lasting");
    });
  }

  await t.test("dockerd is killed while a command runs in a container", async (t) => {
    await docker.detached("--name", "busy", IMAGE, "sleep", "1000");
    const running = docker.talk("exec", "busy", "sh", "-c", "echo ready; exec sleep 1000");
    await running.says(/ready/);
    await docker.daemon.stop("SIGKILL");
    t.not((await running.ended).status, 0);
    await docker.daemon.start();
    await isWell("busy");
    await docker.ok("stop", "--time", "0", "busy");
    await docker.ok("rm", "busy");
    await runtime.agrees(t);
  });

  await t.test("a container that ends while dockerd is away has ended when it is back", async (t) => {
    const id = await docker.detached("--name", "brief", "-i", IMAGE, "sh", "-c", "echo ready; sleep 1000; exit 5");
    await docker.daemon.stop("SIGKILL");
    await docker.world.ok([docker.world.runtime, "--root", runtime.root, "kill", id, "KILL"]);
    await docker.daemon.start();
    t.equal(await docker.ok("wait", "brief"), "137");
    await runtime.agrees(t);
    await docker.ok("rm", "brief");
  });

  await t.test("containerd is ended and comes back", async (t) => {
    await docker.detached("--name", "kept", IMAGE, "sh", "-c", COUNTING);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await docker.containerd.daemon.stop(signal);
      await docker.containerd.daemon.start();
      await docker.daemon.stop();
      await docker.daemon.start();
      await isWell("kept");
    }
    await docker.ok("stop", "--time", "1", "kept");
    t.equal(await docker.inspect("kept", "{{.State.Status}}"), "exited");
    await docker.ok("rm", "kept");
    await runtime.agrees(t);
  });
});
