import { readdirSync, readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import { vanishes } from "../support/appears.js";
import { TestTerminal } from "../support/terminal.js";
import { processEnd } from "../support/process-end.js";
import { Containerd } from "./support/containerd.js";
import { EngineWorld } from "./support/engine-world.js";
import { unlessInstalled } from "./support/installed.js";
import { ociArchive } from "./support/oci-archive.js";

const DEADLINE_MS = 30_000;
const IMAGE = "local.test/busybox:1";
const OBEDIENT = ["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"];

/** How containerd calls tskata. */
interface Way {
  readonly name: string;
  readonly options: (world: EngineWorld) => readonly string[];
  /** Whether a command line is a shim's. */
  readonly isShim: (words: readonly string[]) => boolean;
}

const WAYS: readonly Way[] = [
  {
    name: "by its own shim, which calls the command line",
    options: ({ runtime }) => ["--runc-binary", runtime],
    isShim: ([program]) => program?.endsWith("containerd-shim-runc-v2") === true,
  },
  {
    name: "by tskata's shim",
    options: ({ shim }) => ["--runtime", shim],
    isShim: ([, script]) => script?.endsWith("/shim.cjs") === true,
  },
];

for (const way of WAYS) {
  t.test(`containerd runs containers ${way.name}`, { skip: unlessInstalled("containerd") }, (t) =>
    runContainers(t, way),
  );
}

async function runContainers(t: Test, { options: wayOptions, isShim }: Way): Promise<void> {
  const world = await EngineWorld.make(t);
  const containerd = await Containerd.start(t, world);
  await containerd.ctrOk(["images", "import", ociArchive(world, IMAGE)]);
  const name = (id: string) => `${world.marker}-${id}`;
  const runArguments = (id: string, options: readonly string[], command: readonly string[]) => [
    ...["run", ...wayOptions(world), "--cgroup", `/${world.marker}/${id}`, ...options],
    ...[IMAGE, name(id), ...command],
  ];
  const run = (options: readonly string[], ...command: string[]) =>
    containerd.ctr(runArguments("short", ["--rm", ...options], command));
  const start = (id: string) => containerd.ctrOk(runArguments(id, ["--detach"], OBEDIENT));
  const task = (command: string, ...args: string[]) => containerd.ctr(["task", command, ...args]);
  const listed = async (id: string) =>
    new RegExp(`^${name(id)}\\s+(\\d+)\\s+(\\w+)`, "m").exec((await task("ls")).text) ?? [];
  const pidOf = async (id: string) => Number((await listed(id))[1]);
  const status = async (id: string) => (await listed(id))[2];
  const stopped = (id: string) =>
    withDeadline("the end of the task", DEADLINE_MS, async (signal) => {
      while ((await status(id)) !== "STOPPED") signal.throwIfAborted();
    });
  await t.test("output, errors and the status come back", async (t) => {
    const script = "echo out; echo err >&2; exit 7";
    t.match(await run([], "sh", "-c", script), { status: 7, text: "out", stderr: "err\n" });
    t.match(await run([], "nonexistent"), { status: 1, stderr: /executable file not found in \$PATH/ });
  });

  await t.test("a terminal shows what is typed, and has its size", async (t) => {
    const command = containerd.commandLine(runArguments("typed", ["--rm", "--tty"], ["sh"]));
    const terminal = TestTerminal.run(command, { columns: 93, rows: 31 });
    // the shell throws away what was typed before it
    await terminal.shows(/# /);
    terminal.type("until stty size 2>/dev/null | grep -x '31 93'; do sleep 0.05; done\n");
    await terminal.shows(/31 93\r+\n/);
    terminal.type("exit 5\n");
    t.equal(await terminal.ended(), 5, terminal.output);
  });

  await t.test("mounts, limits and user namespaces are followed", async (t) => {
    const source = world.makeDirectory("source");
    t.match(await run(["--mount", `type=bind,src=${source},dst=/v,options=rbind:ro`], "touch", "/v/x"), {
      status: 1,
      stderr: /Read-only/,
    });
    t.match(await run(["--read-only"], "touch", "/x"), { status: 1, stderr: /Read-only/ });
    const maps = ["--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"];
    t.match(await run(maps, "sh", "-c", "awk '{ print $2 }' /proc/self/uid_map; touch /x"), {
      status: 0,
      text: "100000",
    });
  });

  await t.test("namespaces of the host are refused", async (t) => {
    t.match(await run(["--net-host"], "true"), { status: 1, stderr: /no network namespace, which means the host's/ });
    t.match(await run(["--with-ns", "network:/proc/self/ns/net"], "true"), {
      status: 1,
      stderr: /which is the host's/,
    });
  });

  await start("kept");

  await t.test("exec has output, a status, a user and a directory", async (t) => {
    const exec = (id: string, ...args: string[]) => task("exec", "--exec-id", id, ...args);
    t.match(await exec("a", name("kept"), "sh", "-c", "echo out; exit 5"), { status: 5, text: "out" });
    const who = ["--cwd", "/etc", "--user", "65534", name("kept"), "sh", "-c", "pwd; id -u"];
    t.match(await exec("b", ...who), { status: 0, text: "/etc\n65534" });
    t.match(await exec("c", name("kept"), "nonexistent"), { status: 1, stderr: /not found in \$PATH/ });
  });

  await t.test("a task is paused, resumed, listed and measured", async (t) => {
    await task("pause", name("kept"));
    t.equal(await status("kept"), "PAUSED");
    await task("resume", name("kept"));
    t.equal(await status("kept"), "RUNNING");
    t.match((await task("ps", name("kept"))).text, /^\d+ /m);
    t.match(await task("metrics", name("kept")), { status: 0, stderr: "", text: /pids.current/ });
  });

  await t.test("a container outlives containerd", async (t) => {
    await containerd.daemon.stop();
    await containerd.daemon.start();
    t.equal(await status("kept"), "RUNNING");
    t.match(await task("exec", "--exec-id", "d", name("kept"), "echo", "still"), { text: "still" });
  });

  await t.test("a container goes on from a checkpoint", async (t) => {
    const [checkpoint, id] = [`local.test/${world.marker}:saved`, name("restored")];
    await start("saved");
    await containerd.ctrOk(["containers", "checkpoint", "--image", "--rw", "--task", name("saved"), checkpoint]);
    await task("kill", "--signal", "KILL", name("saved"));
    await containerd.ctrOk(["task", "rm", "--force", name("saved")]);
    await containerd.ctrOk(["containers", "rm", name("saved")]);
    await containerd.ctrOk(["containers", "restore", "--rw", "--live", id, checkpoint]);
    t.equal(await status("restored"), "RUNNING");
    await task("kill", "--signal", "TERM", id);
    await stopped("restored");
    t.match(await task("rm", id), { stderr: /exit code 3/ });
    await containerd.ctrOk(["containers", "rm", id]);
  });

  await t.test("a signal arrives, and the status is kept", async (t) => {
    await task("kill", "--signal", "TERM", name("kept"));
    await stopped("kept");
    t.match(await task("rm", name("kept")), { stderr: /exit code 3/ });
    await containerd.ctrOk(["containers", "rm", name("kept")]);
  });

  await t.test("a shim that is killed leaves neither a task nor a VM", async (t) => {
    await start("lost");
    const shim = shimOf(name("lost"), isShim);
    const [vm = ""] = readdirSync(world.runDirectory);
    const pid = await pidOf("lost");
    process.kill(shim, "SIGKILL");
    await processEnd(pid);
    await withDeadline("the end of the task", DEADLINE_MS, async (signal) => {
      while ((await status("lost")) !== undefined) signal.throwIfAborted();
    });
    await containerd.ctrOk(["containers", "rm", name("lost")]);
    // containerd 1.7 forgets the task before the runtime is through with it
    await withDeadline("the end of the VM", DEADLINE_MS, (signal) => vanishes(world.runDirectory, vm, signal));
    t.same(readdirSync(world.runDirectory), []);
  });

  await t.test("one that is removed by force is gone with its VM", async (t) => {
    await start("forced");
    t.equal(readdirSync(world.runDirectory).length, 1);
    await containerd.ctrOk(["task", "rm", "--force", name("forced")]);
    await containerd.ctrOk(["containers", "rm", name("forced")]);
    t.same(readdirSync(world.runDirectory), []);
  });
}

/** The shim of a container. */
function shimOf(id: string, isShim: Way["isShim"]): number {
  const found = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .find((pid) => {
      const words = commandLineOf(pid).split("\0");
      return isShim(words) && words[words.indexOf("-id") + 1] === id;
    });
  if (found === undefined) throw new Error(`no shim of ${id}`);
  return Number(found);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // gone
  }
}
