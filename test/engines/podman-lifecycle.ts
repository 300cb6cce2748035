import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { processEnd } from "../support/process-end.js";
import { TestTerminal } from "../support/terminal.js";
import { IMAGE, Podman } from "./support/podman.js";
import { unlessInstalled } from "./support/installed.js";

const OBEDIENT = "trap 'echo term; exit 3' TERM; trap 'echo usr1 > /usr1' USR1; echo up; while :; do sleep 0.1; done";

t.test("Podman keeps containers", { skip: unlessInstalled("podman") }, async (t) => {
  const podman = await Podman.start(t);
  const start = (name: string, ...args: string[]) =>
    podman.ok("run", "--detach", "--network", "none", "--name", name, ...args);
  await start("kept", "--volume", "own:/volume", IMAGE, "sh", "-c", OBEDIENT);

  await t.test("exec has output, errors, a status, a user, a directory and an environment", async (t) => {
    const script = "echo out; echo err >&2; exit 5";
    t.match(await podman.run(["exec", "kept", "sh", "-c", script]), { status: 5, text: "out", stderr: "err\n" });
    const options = ["--user", "nobody", "--workdir", "/etc", "--env", "A=b"];
    t.equal(await podman.ok("exec", ...options, "kept", "sh", "-c", "id -u; pwd; echo $A"), "65534\n/etc\nb");
    t.match(await podman.run(["exec", "--interactive", "kept", "cat"], { input: "typed" }), {
      status: 0,
      text: "typed",
    });
  });

  await t.test("exec of what can't be run has the statuses of a shell", async (t) => {
    t.match(await podman.run(["exec", "kept", "nonexistent"]), { status: 127, stderr: /not found in \$PATH/ });
    t.match(await podman.run(["exec", "kept", "/etc"]), { status: 126, stderr: /permission denied/ });
    t.match(await podman.run(["exec", "--workdir", "/none", "kept", "true"]), { status: 127, stderr: /chdir to cwd/ });
  });

  await t.test("exec has a terminal", async (t) => {
    const terminal = TestTerminal.run(podman.commandLine("exec", "-it", "kept", "sh"), { columns: 70, rows: 20 });
    // the shell throws away what was typed before it
    await terminal.shows(/# /);
    // Podman tells of the size when the program runs already
    terminal.type("until stty size 2>/dev/null | grep -x '20 70'; do sleep 0.05; done\n");
    await terminal.shows(/20 70\r\n/);
    terminal.type("exit 9\n");
    t.equal(await terminal.ended(), 9);
  });

  await t.test("exec goes on without whoever asked for it", async (t) => {
    await podman.ok("exec", "kept", "mkfifo", "/fifo");
    await podman.ok("exec", "--detach", "kept", "sh", "-c", "echo detached > /fifo");
    t.equal(await podman.ok("exec", "kept", "cat", "/fifo"), "detached");
  });

  await t.test("files are copied in and out", async (t) => {
    const [there, back] = ["there", "back"].map((name) => join(podman.world.directory, name)) as [string, string];
    writeFileSync(there, "copied");
    await podman.ok("cp", there, "kept:/etc/there");
    t.equal(await podman.ok("exec", "kept", "cat", "/etc/there"), "copied");
    await podman.ok("cp", "kept:/etc/there", back);
    t.equal(readFileSync(back, "utf8"), "copied");
    await podman.ok("cp", there, "kept:/volume/there");
    t.equal(await podman.ok("exec", "kept", "cat", "/volume/there"), "copied", "into a volume as well");
    t.notOk(existsSync("/etc/there"), "the host's own files are no part of it");
  });

  await t.test("a paused container stands still", async (t) => {
    await podman.ok("pause", "kept");
    t.equal(await podman.inspect("kept", "{{.State.Status}}"), "paused");
    await podman.ok("unpause", "kept");
    t.equal(await podman.ok("exec", "kept", "echo", "goes on"), "goes on");
  });

  await t.test("limits are changed", async (t) => {
    await podman.ok("update", "--memory", "200m", "--cpus", "0.5", "kept");
    const files = ["memory.max", "cpu.max"].map((file) => `/sys/fs/cgroup/${file}`);
    t.equal(await podman.ok("exec", "kept", "cat", ...files), "209715200\n50000 100000");
  });

  await t.test("it is listed, and its processes by its own ps", async (t) => {
    t.match(await podman.ok("ps", "--format", "{{.Names}} {{.Status}}"), /^kept Up /m);
    // The ps of Podman 5 is the host's, which finds the monitor in the container's place.
    t.match(await podman.ok("top", "kept", "-o", "pid,args"), /^ +1 (sh -c trap|\S+\/tskata-monitor )/m);
  });

  await t.test("signals arrive, and stop sends one first", async (t) => {
    await podman.ok("kill", "--signal", "USR1", "kept");
    const waits = "while ! test -s /usr1; do sleep 0.05; done; cat /usr1";
    t.equal(await podman.ok("exec", "kept", "sh", "-c", waits), "usr1");
    await podman.ok("stop", "kept");
    t.equal(await podman.ok("wait", "kept"), "3");
    t.equal(await podman.ok("logs", "kept"), "up\nterm");
    t.equal(await podman.inspect("kept", "{{.State.Status}} {{.State.ExitCode}}"), "exited 3");
  });

  await t.test("it starts again, with the files that it had", async (t) => {
    await podman.ok("start", "kept");
    t.equal(await podman.ok("exec", "kept", "cat", "/usr1"), "usr1");
    await podman.ok("restart", "--time", "5", "kept");
    t.match(await podman.ok("logs", "kept"), /^up\nterm\nup\nterm\b/);
    await podman.ok("rm", "--force", "--time", "0", "kept");
  });

  await t.test("attach brings input and output together", async (t) => {
    await start("attached", "--interactive", IMAGE, "sh", "-c", "read word; echo got $word");
    t.match(await podman.run(["attach", "attached"], { input: "hello\n" }), { text: "got hello" });
    await podman.ok("rm", "attached");
  });

  await t.test("many short execs at once have the status of their process", async (t) => {
    const statuses: (number | null)[] = [];
    const worker = async (): Promise<void> => {
      for (let count = 0; count < 10; count += 1) {
        statuses.push((await podman.run(["exec", "short", "sh", "-c", "exit 3"])).status);
      }
    };
    await podman.ok("run", "-d", "--network", "none", "--name", "short", IMAGE, "sleep", "1000");
    await Promise.all([worker(), worker(), worker()]);
    t.strictSame(
      statuses,
      Array.from({ length: 30 }, () => 3),
    );
    await podman.ok("rm", "--force", "--time", "0", "short");
  });

  await t.test("health checks are run in the container", async (t) => {
    await start("checked", "--health-cmd", "cat /ok", "--health-interval", "disable", IMAGE, "sleep", "1000");
    t.match(await podman.run(["healthcheck", "run", "checked"]), { status: 1 });
    await podman.ok("exec", "checked", "touch", "/ok");
    await podman.ok("healthcheck", "run", "checked");
    t.equal(await podman.inspect("checked", "{{.State.Health.Status}}"), "healthy");
    await podman.ok("rm", "--force", "--time", "0", "checked");
  });

  await t.test("a container outlives its conmon, and is removed with its VM", async (t) => {
    await start("orphan", IMAGE, "sleep", "1000");
    const format = "{{.State.Pid}} {{.State.ConmonPid}} {{.Id}}";
    const [pid, conmonPid, id = ""] = (await podman.inspect("orphan", format)).split(" ");
    const conmon = Number(conmonPid);
    process.kill(conmon, "SIGKILL");
    await processEnd(conmon);
    t.equal(await podman.ok("exec", "orphan", "echo", "alive"), "alive");
    const remove = ["rm", "--force", "--time", "0", "orphan"];
    const removed = await podman.run(remove);
    await processEnd(Number(pid));
    const { world } = podman;
    if (removed.status === 0) {
      // It is conmon that would have it deleted, with any runtime.
      t.match(await world.ok([world.runtime, "state", id]), /"status": *"stopped"/);
      await world.ok([world.runtime, "delete", id]);
    } else {
      // Podman 5 has stopped it and says that nobody knows its status, with any runtime.
      t.match(removed, { status: 125, stderr: /conmon exited prematurely/ });
      await podman.ok(...remove);
      t.match(await world.run([world.runtime, "state", id]), { status: 1, stderr: /does not exist/ });
    }
  });
});
