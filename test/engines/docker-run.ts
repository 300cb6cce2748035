import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

/** Says what it reads, until it reads `end`, and then ends with that status. */
const ECHO = 'while read line; do echo "heard $line"; test "$line" = end && exit 9; done';

t.test("Docker runs containers", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);

  await t.test("in the foreground, with its output and status", async (t) => {
    const ended = await docker.once(IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7");
    t.match(ended, { status: 7, text: "out", stderr: "err\n" });
    t.equal(await docker.ok("ps", "--all", "--quiet"), "", "--rm leaves no container");
  });

  await t.test("with -i, whose input ends", async (t) => {
    const ended = await docker.run(["run", "--rm", "-i", "--network", "none", IMAGE, "cat"], { input: "typed" });
    t.match(ended, { status: 0, text: "typed" });
  });

  await t.test("with a megabyte in and out unchanged", async (t) => {
    const input = Buffer.alloc(1 << 20, "0123456789abcdef\n");
    const ended = await docker.run(["run", "--rm", "-i", "--network", "none", IMAGE, "cat"], { input });
    t.equal(ended.status, 0);
    t.ok(ended.stdout.equals(input));
  });

  await t.test("a program that doesn't exist gives status 127", async (t) => {
    t.match(await docker.once(IMAGE, "no-such-program"), {
      status: 127,
      stderr: /exec: "no-such-program": executable file not found in \$PATH/,
    });
    t.match(await docker.once(IMAGE, "/no/such/program"), { status: 127, stderr: /no such file or directory/ });
  });

  await t.test("a file that isn't executable gives status 126", async (t) => {
    t.match(await docker.once(IMAGE, "/etc/passwd"), { status: 126, stderr: /permission denied/ });
  });

  await t.test("a container whose start failed can be removed", async (t) => {
    const { status } = await docker.run(["run", "--name", "failed", "--network", "none", IMAGE, "no-such-program"]);
    t.equal(status, 127);
    t.equal(await docker.inspect("failed", "{{.State.Status}} {{.State.ExitCode}}"), "created 127");
    await docker.ok("rm", "failed");
  });

  await t.test("in the background, with logs and a status to wait for", async (t) => {
    await docker.detached("--name", "waited", "-i", IMAGE, "sh", "-c", ECHO);
    const logs = docker.talk("logs", "--follow", "waited");
    const waiting = docker.ok("wait", "waited");
    const attached = docker.talk("attach", "waited");
    attached.type("one\n");
    await attached.says(/^heard one$/m);
    await logs.says(/^heard one$/m);
    attached.type("end\n");
    t.equal(await waiting, "9");
    t.match(await attached.ended, { status: 9 });
    t.match(await logs.ended, { status: 0, text: "heard one\nheard end" });
    t.equal(await docker.inspect("waited", "{{.State.Status}} {{.State.ExitCode}}"), "exited 9");
    const again = await docker.run(["start", "--attach", "--interactive", "waited"], { input: "more\nend\n" });
    t.equal(again.status, 9, "it can be started again");
    t.equal(await docker.ok("logs", "--tail", "2", "waited"), "heard more\nheard end");
    await docker.ok("rm", "waited");
  });

  await t.test("-d and --rm together leave nothing after the end", async (t) => {
    const events = docker.talk("events", "--filter", "event=destroy");
    await docker.detached("--rm", "--name", "brief", IMAGE, "true");
    await events.says(/container destroy .*name=brief/);
    t.equal(await docker.ok("ps", "--all", "--quiet"), "");
    events.child.kill();
    await events.ended;
  });

  await t.test("a signal to `docker run` reaches the container", async (t) => {
    const script = 'trap "echo caught; exit 4" USR1; echo ready; while :; do sleep 0.1; done';
    const running = docker.talk("run", "--rm", "--network", "none", IMAGE, "sh", "-c", script);
    await running.says(/^ready$/m);
    running.child.kill("SIGUSR1");
    t.match(await running.ended, { status: 4, text: "ready\ncaught" });
  });

  await t.test("events tell of a container's life in its order", async (t) => {
    const since = String(Math.floor(Date.now() / 1000));
    await docker.once("--name", "told", IMAGE, "sh", "-c", "exit 5");
    const until = String(Math.ceil(Date.now() / 1000));
    const filter = ["--since", since, "--until", until, "--filter", "container=told"];
    const told = await docker.ok("events", ...filter, "--format", "{{.Action}} {{.Actor.Attributes.exitCode}}");
    t.same(
      told.split("\n").map((line) => line.replace(" <no value>", "")),
      ["create", "attach", "start", "die 5", "destroy"],
    );
  });
});
