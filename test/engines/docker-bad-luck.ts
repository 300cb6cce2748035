import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { processEnd } from "../support/process-end.js";
import { Docker, IMAGE } from "./support/docker.js";
import { DockerRuntime } from "./support/docker-runtime.js";
import { unlessInstalled } from "./support/installed.js";

/** Containers that come and go at once. */
const MANY = 10;

t.test("Docker and the runtime agree after bad luck", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  const runtime = new DockerRuntime(docker);
  const state = (name: string) => docker.inspect(name, "{{.State.Status}} {{.State.ExitCode}}");
  const hostPid = async (name: string) => Number(await docker.inspect(name, "{{.State.Pid}}"));
  const kill = async (pid: number) => {
    process.kill(pid, "SIGKILL");
    await processEnd(pid);
  };

  await t.test(`${MANY} containers at once`, async (t) => {
    const names = Array.from({ length: MANY }, (_, index) => `many${index}`);
    const ended = await Promise.all(
      names.map((name) => docker.once("--name", name, IMAGE, "sh", "-c", `echo ${name}`)),
    );
    t.same(
      ended.map(({ status, text }) => ({ status, text })),
      names.map((name) => ({ status: 0, text: name })),
    );
    await runtime.agrees(t);

    await Promise.all(names.map((name) => docker.detached("--name", name, IMAGE, "sleep", "1000")));
    await runtime.agrees(t);
    await Promise.all(names.map((name) => docker.ok("rm", "--force", name)));
    await runtime.agrees(t);
  });

  await t.test("the shim is killed", async (t) => {
    await docker.detached("--name", "shimless", IMAGE, "sleep", "1000");
    const waiting = docker.ok("wait", "shimless");
    const pid = await hostPid("shimless");
    await kill(parentOf(pid));
    t.equal(await waiting, "137");
    t.equal(await state("shimless"), "exited 137");
    await processEnd(pid);
    await runtime.agrees(t);
    await docker.ok("start", "shimless");
    t.equal(await docker.ok("exec", "shimless", "echo", "back"), "back");
    await docker.ok("rm", "--force", "shimless");
  });

  await t.test("the supervisor is killed", async (t) => {
    const id = await docker.detached("--name", "unwatched", IMAGE, "sleep", "1000");
    const waiting = docker.ok("wait", "unwatched");
    await kill(runtime.record(id).supervisor?.pid ?? Number.NaN);
    t.equal(await waiting, "255");
    t.equal(await state("unwatched"), "exited 255");
    await runtime.agrees(t);
    await docker.ok("start", "unwatched");
    await runtime.agrees(t);
    await docker.ok("rm", "--force", "unwatched");
  });

  await t.test("the process that stands for an exec is killed", async (t) => {
    await docker.detached("--name", "executed", IMAGE, "sleep", "1000");
    const running = docker.talk("exec", "executed", "sh", "-c", "echo ready; exec sleep 987");
    await running.says(/ready/);
    const main = await hostPid("executed");
    const listed = (await docker.ok("top", "executed", "-o", "pid")).split("\n").slice(1).map(Number);
    t.equal(listed.length, 2);
    await kill(listed.find((pid) => pid !== main) ?? Number.NaN);
    t.equal((await running.ended).status, 137);
    await docker.ok("exec", "executed", "sh", "-c", "while ps -o args | grep -q '^sleep 987'; do sleep 0.1; done");
    t.equal(await state("executed"), "running 0", "the container goes on, without that process");
    await docker.ok("rm", "--force", "executed");
  });

  await t.test("a volume's directory is removed while a container has it", async (t) => {
    const volume = docker.world.makeDirectory("removed");
    writeFileSync(join(volume, "file"), "x");
    await docker.detached("--name", "bereft", "-v", `${volume}:/v`, IMAGE, "sleep", "1000");
    rmSync(volume, { recursive: true });
    t.match(await docker.run(["exec", "bereft", "touch", "/v/new"]), {
      status: 1,
      stderr: /No such file or directory/,
    });
    t.equal(await docker.ok("exec", "bereft", "echo", "fine"), "fine", "the container goes on");
    await docker.ok("stop", "--time", "0", "bereft");
    await runtime.agrees(t);
    await docker.ok("start", "bereft");
    t.equal(await docker.ok("exec", "bereft", "ls", "/v"), "", "Docker makes it anew");
    await docker.ok("rm", "--force", "bereft");
    await runtime.agrees(t);
  });

  await t.test("the daemon is killed while a container is made", async (t) => {
    const id = await docker.ok("create", "--name", "begun", "--network", "none", IMAGE, "sleep", "1000");
    const starting = docker.run(["start", "begun"]);
    await runtime.begins(id);
    await docker.daemon.stop("SIGKILL");
    t.not((await starting).status, 0);
    await docker.daemon.start();
    t.match(await state("begun"), /^(created|exited) /);
    // containerd has been told to give it up, and removes what there is
    await runtime.forgets(id);
    await runtime.agrees(t);
    await docker.ok("start", "begun");
    t.equal(await docker.ok("exec", "begun", "echo", "fine"), "fine");
    await docker.ok("rm", "--force", "begun");
    await runtime.agrees(t);
  });

  await t.test("the client is killed while a container is made", async (t) => {
    const running = docker.talk("run", "--name", "orphan", "--network", "none", IMAGE, "sleep", "1000");
    const events = docker.talk("events", "--since", "0", "--filter", "container=orphan", "--format", "{{.Action}}");
    await events.says(/^create$/m);
    running.child.kill("SIGKILL");
    await running.ended;
    events.child.kill();
    await events.ended;
    await docker.ok("rm", "--force", "orphan");
    await runtime.agrees(t);
  });
});

/** Of a process that is alive (proc_pid_stat(5)). */
function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
