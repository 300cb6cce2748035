import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { Spec } from "../../src/oci/config.js";
import { makeBusyboxRootfs } from "../../scripts/demo/busybox-rootfs.js";
import { collect, type CommandResult, TestTskata } from "../support/tskata.js";

// What Docker 20.10 passed to its runtime for `docker run`, `docker exec` and
// `docker kill`, with its paths.
const FIXTURES = fileURLToPath(new URL("fixtures/docker/", import.meta.url));
const CAPTURED_ID = "db383c0b638104a643c98233cf229e37ae0fa9ef4ed9e6658aef7c741ec57bdb";
const CAPTURED_ROOT = "/srv/engines/docker/exec/runtime-runc/moby";
const CAPTURED_BUNDLE = `/srv/engines/ctrd/state/io.containerd.runtime.v2.task/moby/${CAPTURED_ID}`;
const CAPTURED_PROCESS = "/tmp/runc-process189365667";
const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));
const SUBREAPER = fileURLToPath(new URL("../support/subreaper.py", import.meta.url));
const DEADLINE_MS = 60_000;

const argv = JSON.parse(readFileSync(join(FIXTURES, "argv.json"), "utf8")) as Record<string, string[]>;

/** Docker's container, on this machine. */
class DockerContainer {
  readonly id: string;
  readonly bundle: string;
  readonly #tskata: TestTskata;

  constructor(t: Test) {
    this.#tskata = new TestTskata(t);
    this.id = this.#tskata.newId();
    this.bundle = join(this.#tskata.directory, "bundle");
    mkdirSync(this.bundle);
    makeBusyboxRootfs(join(this.bundle, "merged"));
    writeFileSync(join(this.bundle, "config.json"), JSON.stringify(this.#config()));
    writeFileSync(join(this.bundle, "process.json"), readFileSync(join(FIXTURES, "process.json")));
  }

  /** The arguments that Docker passed in a step. */
  argv(step: string): string[] {
    return (argv[step] ?? []).map((argument) =>
      argument
        .replace(CAPTURED_BUNDLE, this.bundle)
        .replace(CAPTURED_ROOT, this.#tskata.stateRoot)
        .replace(CAPTURED_PROCESS, join(this.bundle, "process.json"))
        .replace(CAPTURED_ID, this.id),
    );
  }

  run(step: string): Promise<CommandResult> {
    return collect(spawn(COMMAND, this.argv(step), { env: this.#env() }), step, DEADLINE_MS);
  }

  /** Runs a step that leaves a process, as a subreaper; gives the lines that it prints. */
  watch(step: string): { line(): Promise<string> } {
    const args = this.argv(step);
    const pidFile = args[args.indexOf("--pid-file") + 1] ?? "";
    const child = spawn("python3", [SUBREAPER, pidFile, COMMAND, ...args], {
      env: this.#env(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return { line: async () => String((await lines.next()).value) };
  }

  state(): Promise<string> {
    return this.#tskata.status(this.id);
  }

  #env(): NodeJS.ProcessEnv {
    return { ...process.env, TSKATA_CONFIG: this.#tskata.configPath };
  }

  /** The captured config.json with what only Docker's machine had replaced. */
  #config(): Spec {
    const spec = JSON.parse(readFileSync(join(FIXTURES, "config.json"), "utf8")) as Spec;
    const mounts = (spec.mounts ?? []).map((mount) => {
      if (mount.type !== "bind") return mount;
      const source = join(this.bundle, mount.destination.replaceAll("/", "-"));
      writeFileSync(source, `${mount.destination} of the test\n`);
      return { ...mount, source };
    });
    // Docker's own program, as the process that runs the daemon
    const prestart = spec.hooks?.prestart?.map((hook) => ({ ...hook, path: "/bin/true" })) ?? [];
    return { ...spec, mounts, hooks: { ...spec.hooks, prestart }, root: { path: join(this.bundle, "merged") } };
  }
}

t.test("Docker's own calls take a container through its life", async (t) => {
  const container = new DockerContainer(t);
  const created = container.watch("create");
  t.equal(await created.line(), "command 0");
  t.equal(await container.state(), "created");
  t.match(await container.run("start"), { status: 0, stderr: "" });
  t.equal(await container.state(), "running");

  const executed = container.watch("exec");
  t.equal(await executed.line(), "command 0");
  t.equal(await executed.line(), "process 0", "the exec's pid carries the status of `true`");

  t.match(await container.run("kill-usr1"), { status: 0 }, "init ignores what it has no handler for");
  t.equal(await container.state(), "running");
  t.match(await container.run("kill"), { status: 0 });
  t.equal(await created.line(), "process 137");
  t.equal(await container.state(), "stopped");
  t.match(await container.run("delete"), { status: 0 });
  t.match(await container.run("delete-force"), { status: 0 }, "deleting by force what is gone succeeds");
});

t.test("errors reach Docker's log in its format", async (t) => {
  const container = new DockerContainer(t);
  const { status } = await container.run("start");
  t.not(status, 0);
  const [line = ""] = readFileSync(join(container.bundle, "log.json"), "utf8").trim().split("\n").slice(-1);
  t.match(JSON.parse(line), { level: "error", msg: new RegExp(container.id), time: /^\d{4}-\d\d-\d\dT/ });
});
