import t from "tap";
import { Docker, IMAGE } from "./support/docker.js";
import { unlessInstalled } from "./support/installed.js";

/** A bit of /proc/PID/status. */
const CAP_SYS_ADMIN = 1n << 21n;

t.test("Docker runs more processes in a container", { skip: unlessInstalled("docker") }, async (t) => {
  const docker = await Docker.start(t);
  await docker.detached("--name", "main", "--env", "OF=container", IMAGE, "sleep", "1000");
  const exec = (...args: string[]) => docker.run(["exec", ...args]);

  await t.test("with output and status", async (t) => {
    const ended = await exec("main", "sh", "-c", "echo out; echo err >&2; exit 5");
    t.match(ended, { status: 5, text: "out", stderr: "err\n" });
  });

  await t.test("with -i, whose input ends", async (t) => {
    const ended = await docker.run(["exec", "-i", "main", "sh", "-c", "cat; exit 3"], { input: "typed" });
    t.match(ended, { status: 3, text: "typed" });
  });

  await t.test("as another user, elsewhere, with more in its environment", async (t) => {
    const ended = await exec(
      "-u",
      "nobody",
      "-w",
      "/tmp",
      "-e",
      "MORE=exec",
      "main",
      "sh",
      "-c",
      "id; pwd; echo $OF $MORE",
    );
    t.equal(ended.text, "uid=65534(nobody) gid=65534(nobody) groups=65534(nobody)\n/tmp\ncontainer exec");
  });

  await t.test("in the background", async (t) => {
    const events = docker.talk("events", "--filter", "event=exec_die");
    t.match(await exec("-d", "main", "sh", "-c", "echo made > /root/made; exit 4"), { status: 0, text: "" });
    await events.says(/exec_die .*exitCode=4/);
    events.child.kill();
    await events.ended;
    t.equal((await exec("main", "cat", "/root/made")).text, "made");
  });

  await t.test("a program that can't be run fails as it does with runc", async (t) => {
    const runc = ["run", "-d", "--runtime", "runc", "--name", "peer", "--network", "none", IMAGE, "sleep", "1000"];
    await docker.ok(...runc);
    for (const program of ["no-such-program", "/no/such/program", "/etc/passwd"]) {
      const [ours, theirs] = [await exec("main", program), await exec("peer", program)];
      t.equal(ours.status, theirs.status, program);
      t.not(ours.status, 0);
      t.match(`${ours.text}${ours.stderr}`, program);
    }
    await docker.ok("rm", "--force", "peer");
  });

  await t.test("a hundred lines of each of ten at once stay apart", async (t) => {
    const names = Array.from({ length: 10 }, (_, index) => `exec${index}`);
    const ended = await Promise.all(
      names.map((name) => exec("main", "sh", "-c", `for i in $(seq 100); do echo ${name} $i; done`)),
    );
    for (const [index, { status, text }] of ended.entries()) {
      t.equal(status, 0);
      t.equal(text, Array.from({ length: 100 }, (_, line) => `exec${index} ${line + 1}`).join("\n"));
    }
  });

  await t.test("with privileges that the container hasn't", async (t) => {
    const allowed = async (...options: string[]) => {
      const { text } = await exec(...options, "main", "grep", "CapEff", "/proc/self/status");
      return (BigInt(`0x${text.split("\t")[1]}`) & CAP_SYS_ADMIN) !== 0n;
    };
    t.equal(await allowed(), false);
    t.equal(await allowed("--privileged"), true);
  });

  await t.test("that end with the container, with status 137", async (t) => {
    const running = docker.talk("exec", "main", "sh", "-c", "echo ready; exec sleep 1000");
    await running.says(/ready/);
    // Containerd 1.6 may lose the end of a process whose pid it has yet to read.
    t.match(await exec("main", "true"), { status: 0 });
    await docker.ok("kill", "main");
    t.match(await running.ended, { status: 137 });
    t.match(await exec("main", "true"), { status: 1, stderr: /is not running/ });
  });

  await t.test("that end their own container", async (t) => {
    const waits = ["sh", "-c", "mkfifo /ends; read line < /ends"];
    const ends = ["sh", "-c", "until test -p /ends; do :; done; echo > /ends"];
    for (let round = 0; round < 12; round++) {
      await docker.detached("--name", "ending", IMAGE, ...waits);
      const { status } = await docker.run(["exec", "ending", ...ends], { deadlineMs: 30_000 });
      // It may have been killed before it had ended by itself.
      t.ok(status === 0 || status === 137, `status ${status} in round ${round}`);
      await docker.ok("rm", "--force", "ending");
    }
  });
});
