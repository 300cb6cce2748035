import type { Test } from "tap";
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupsOf, hierarchyKey, readHierarchies } from "../../../src/host/cgroup/hierarchies.js";
import { hostSnapshot, leaksSince, type HostSnapshot } from "../../support/leaks.js";
import { collect, type CommandResult } from "../../support/tskata.js";

/** Tests and benchmarks run in the checkout. */
const RUNTIME = join(process.cwd(), "bin/tskata");
const SHIM = join(process.cwd(), "bin/containerd-shim-tskata-v2");
const CGROUP_ROOT = "/sys/fs/cgroup";
const DEFAULT_DEADLINE_MS = 60_000;
/** Debian's programs, and none that somebody has put before them. */
const SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
/** Where engines keep what has no setting: namespaces by name, leases of addresses, locks. */
const ENGINES_OWN = [
  "/run/netns",
  "/run/containerd",
  "/var/lib/cni",
  "/run/containers",
  "/run/libpod",
  "/var/lib/containers",
];

/** How a command is run in an engine's world. */
export interface EngineCommandOptions {
  /** What is written to standard input, which then ends; nothing by default. */
  readonly input?: string | Buffer;
  /** Milliseconds until it is killed and the call rejects; a minute by default. */
  readonly deadlineMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A test, or what stands for one. */
export type WithTeardown = Pick<Test, "teardown">;

/**
 * Where the engines of a test file run: a network namespace and a mount
 * namespace of their own, so that bridges, rules and mounts go with them, and a
 * directory. At the end whoever still runs fails the test's teardown, and so does
 * anything that is left.
 */
export class EngineWorld {
  /** In the paths, environment and cgroups of this world, and of no other. */
  readonly marker = `tske${randomBytes(4).toString("hex")}`;
  /** Everything is below it. */
  readonly directory: string;
  /** A runtime as engines are told of it, with a configuration of this world's own. */
  readonly runtime: string;
  /** A shim as containerd is told of it, with the same configuration. */
  readonly shim: string;
  /** The runtime's directories. */
  readonly runDirectory: string;
  /** Of containers for which an engine names none. */
  readonly #stateRoot: string;
  readonly #before: HostSnapshot;
  /** Cgroup hierarchies that are mounted in this world alone. */
  readonly #hierarchies = unmountedHierarchies();
  #holder: ChildProcess | undefined;

  private constructor(config: string) {
    this.directory = mkdtempSync(join(tmpdir(), `${this.marker}-`));
    // the VMM is another user, who has to pass through
    chmodSync(this.directory, 0o711);
    this.runDirectory = join(this.directory, "vms");
    this.#stateRoot = join(this.directory, "state");
    this.runtime = join(this.directory, "tskata");
    const configPath = join(this.directory, "tskata.toml");
    const paths = `[paths]\nrun_dir = "${this.runDirectory}"\ntemplate_dir = "${join(this.directory, "templates")}"\n`;
    writeFileSync(configPath, `${paths}${config}`);
    writeFileSync(
      this.runtime,
      `#!/bin/sh\nTSKATA_CONFIG=${configPath} exec ${RUNTIME} --root ${this.#stateRoot} "$@"\n`,
      { mode: 0o755 },
    );
    this.shim = join(this.directory, "containerd-shim-tskata-v2");
    writeFileSync(this.shim, `#!/bin/sh\nTSKATA_CONFIG=${configPath} exec ${SHIM} "$@"\n`, { mode: 0o755 });
    this.#before = hostSnapshot(this.marker, [this.runDirectory, this.#stateRoot]);
  }

  /**
   * Makes one, with `lo` up and nothing else.
   *
   * @param config more lines of TOML for the runtime, beginning with a section
   */
  static async make(t: WithTeardown, config = ""): Promise<EngineWorld> {
    const world = new EngineWorld(config);
    t.teardown(() => world.#end());
    const empty = ENGINES_OWN.map((path) => `mkdir -p ${path} && mount -t tmpfs tmpfs ${path}`);
    const cgroups = world.#hierarchies.map((name) => `mount -t cgroup -o ${name} cgroup ${CGROUP_ROOT}/${name}`);
    const script = [...empty, ...cgroups, "ip link set lo up", "echo ready", "exec cat"].join(" && ");
    const holder = spawn("unshare", ["--net", "--mount", "--propagation", "slave", "sh", "-c", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    world.#holder = holder;
    await once(holder.stdout, "data");
    return world;
  }

  /** Process id of somebody in its namespaces. */
  get pid(): number {
    return this.#holder?.pid ?? 0;
  }

  /** Makes a directory of this name below its own. */
  makeDirectory(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** The command line that runs a command in it, for who runs it in a terminal. */
  commandLine(command: readonly string[], env: EngineCommandOptions["env"] = {}): string[] {
    const environment = Object.entries({ HOME: this.directory, ...env }).map(([name, value]) => `${name}=${value}`);
    return ["nsenter", `--target=${this.pid}`, "--net", "--mount", "--", "env", ...environment, ...command];
  }

  /** Starts a command in it, with pipes. */
  spawn(command: readonly string[], env: EngineCommandOptions["env"] = {}, stdio: StdioOptions = "pipe"): ChildProcess {
    return spawn("nsenter", [`--target=${this.pid}`, "--net", "--mount", "--", ...command], {
      cwd: this.directory,
      stdio,
      env: { PATH: SEARCH_PATH, HOME: this.directory, LANG: "C.UTF-8", ...env },
    });
  }

  /** Runs a command in it to its end. */
  async run(command: readonly string[], options: EngineCommandOptions = {}): Promise<CommandResult> {
    const child = this.spawn(command, options.env);
    child.stdin?.on("error", () => undefined).end(options.input ?? "");
    return collect(child, command.join(" "), options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  }

  /** Runs a command that has to succeed, and returns its output without the last line's end. */
  async ok(command: readonly string[], options: EngineCommandOptions = {}): Promise<string> {
    const { status, stderr, text } = await this.run(command, options);
    if (status !== 0) throw new Error(`${command.join(" ")}: status ${status}: ${stderr}${text}`);
    return text;
  }

  /** What is left right now of the containers that ran in it, but for what engines themselves leave. */
  leaks(): Promise<string[]> {
    return leaksSince(this.#before, this.marker, [this.runDirectory, this.#stateRoot]);
  }

  /** As `removeCgroups`, where nobody else sees them. */
  async #removeHiddenCgroups(): Promise<void> {
    const paths = this.#hierarchies.map((name) => join(CGROUP_ROOT, name, this.marker));
    await this.ok(["sh", "-c", 'for path; do [ ! -d "$path" ] || rmdir "$path"; done', "sh", ...paths]);
  }

  async #end(): Promise<void> {
    const holder = this.#holder;
    if (holder !== undefined) await this.#removeHiddenCgroups();
    const exited = holder === undefined ? undefined : once(holder, "exit");
    holder?.kill("SIGKILL");
    await exited;
    // Whoever holds a template ends with it.
    rmSync(join(this.directory, "templates"), { recursive: true, force: true });
    removeCgroups(CGROUP_ROOT, this.marker);
    const leaks = await this.leaks();
    if (leaks.length > 0) throw new Error(`left behind:\n${leaks.join("\n")}`);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/**
 * Hierarchies of cgroup v1 that this machine has in use, with a folder for them, but not mounted: with one of them
 * missing containerd knows nothing of any.
 */
function unmountedHierarchies(): string[] {
  const mounted = new Set(readHierarchies().map(hierarchyKey));
  return [...cgroupsOf("self").keys()].filter(
    (name) => name !== "" && !mounted.has(name) && existsSync(join(CGROUP_ROOT, name)),
  );
}

/** Removes the parents that an engine was told to use, and leaves: those that are empty. */
function removeCgroups(root: string, marker: string): void {
  const hierarchies = [root, ...readdirSync(root).map((name) => join(root, name))];
  for (const path of hierarchies.map((each) => join(each, marker))) {
    if (existsSync(path) && readdirSync(path, { withFileTypes: true }).every((entry) => !entry.isDirectory())) {
      rmdirSync(path);
    }
  }
}
