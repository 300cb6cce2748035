import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { withDeadline } from "../../src/common/deadline.js";
import type { ContainerRecord } from "../../src/host/state/container-record.js";
import { appears } from "./appears.js";
import { makeBusyboxBundle, type SpecOverrides } from "./busybox-bundle.js";
import { PATIENCE } from "./patience.js";
import { hostSnapshot, leaksSince, type HostSnapshot } from "./leaks.js";

const COMMAND = fileURLToPath(new URL("../../bin/tskata", import.meta.url));
const DEFAULT_DEADLINE_MS = 60_000 * PATIENCE;

/** How a command ended. */
export interface CommandResult {
  /** Exit status, or null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  /** Standard output as text, without the last line's end. */
  readonly text: string;
  readonly stderr: string;
}

/** A container that was made by `create`, which holds its output open. */
export interface CreatedContainer {
  readonly id: string;
  /** The pid that `--pid-file` got: its monitor. */
  readonly pid: number;
  /** What the container has written to its standard output so far. */
  output(): string;
  /** What it, and `create`, have written to standard error so far. */
  errors(): string;
}

/** How a command is run. */
export interface CommandOptions {
  /** What is written to standard input, which then ends; nothing by default. */
  readonly input?: string | Buffer;
  /** Milliseconds until it is killed and the call rejects; a minute by default. */
  readonly deadlineMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A program with arguments that runs it, such as unshare(1). */
  readonly enter?: readonly string[];
}

/**
 * `bin/tskata` with a state root, a run directory and a configuration of a
 * test's own. At the end of the test its containers are deleted by force, and
 * the test fails where anything is left of them.
 */
export class TestTskata {
  /** In the paths, environment and container ids of this test, and of no other. */
  readonly marker = `tskt${randomBytes(4).toString("hex")}`;
  /** Everything of the test is below it; others may pass through but not read. */
  readonly directory: string;
  readonly stateRoot: string;
  readonly runDirectory: string;
  readonly configPath: string;
  readonly #network: string | undefined;
  /** Of its VMs alone; undefined where they are the test run's. */
  readonly #ownTemplates: string | undefined;
  readonly #before: HostSnapshot;
  #count = 0;

  /**
   * @param t the test, whose teardown this adds to
   * @param config more lines of TOML, beginning with a section
   * @param network path of the network namespace that its commands run in; the test's own where absent
   * @param templates directory of its VMs' templates; that of the test run where absent, and where there is none, for
   *   "own", one of its own
   */
  constructor(t: Test, config = "", network?: string, templates = process.env["TSKATA_TEST_TEMPLATES"] ?? "own") {
    this.#network = network;
    this.directory = mkdtempSync(join(tmpdir(), `${this.marker}-`));
    this.stateRoot = join(this.directory, "state");
    this.runDirectory = join(this.directory, "run");
    this.configPath = join(this.directory, "config.toml");
    // the VMM is another user, who has to pass through
    chmodSync(this.directory, 0o711);
    this.#ownTemplates = templates === "own" ? join(this.directory, "templates") : undefined;
    const templateDirectory = this.#ownTemplates ?? templates;
    const paths = `[paths]\nrun_dir = "${this.runDirectory}"\ntemplate_dir = "${templateDirectory}"\n`;
    writeFileSync(this.configPath, `${paths}${config}`);
    this.#before = hostSnapshot(this.marker, this.#watched());
    t.teardown(() => this.#finish());
  }

  /** An id that no other container has. */
  newId(): string {
    this.#count += 1;
    return `${this.marker}-${this.#count}`;
  }

  /** Makes a busybox bundle and returns its directory. */
  bundle(overrides: SpecOverrides = {}): string {
    this.#count += 1;
    return makeBusyboxBundle(join(this.directory, `bundle-${this.#count}`), overrides);
  }

  /** Starts a command with pipes; the caller waits for its end. */
  spawn(
    args: readonly string[],
    options: Pick<CommandOptions, "env" | "enter"> & { readonly stdio?: StdioOptions } = {},
  ): ChildProcess {
    const network = this.#network === undefined ? [] : ["nsenter", `--net=${this.#network}`, "--"];
    const enter = [...network, ...(options.enter ?? [])];
    const [program, ...all] = [...enter, COMMAND, "--root", this.stateRoot, ...args] as [string, ...string[]];
    return spawn(program, all, {
      cwd: this.directory,
      stdio: options.stdio ?? "pipe",
      env: { ...process.env, TSKATA_CONFIG: this.configPath, ...options.env },
    });
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const child = this.spawn(args, options);
    child.stdin?.on("error", () => undefined).end(options.input ?? "");
    return collect(child, `tskata ${args.join(" ")}`, options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  }

  /** Runs a command that has to succeed, and returns its output without the last line's end. */
  async ok(args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { status, stderr, text } = await this.run(args, options);
    if (status !== 0) throw new Error(`tskata ${args.join(" ")}: status ${status}: ${stderr}`);
    return text;
  }

  /** `create` of a bundle; the container's standard input is empty and its output goes to files. */
  async create(bundle: string, id = this.newId()): Promise<CreatedContainer> {
    const files = { pid: `${id}.pid`, output: `${id}.out`, errors: `${id}.err` };
    const path = (file: string): string => join(this.directory, file);
    const [outputFd, errorsFd] = [openSync(path(files.output), "w"), openSync(path(files.errors), "w")];
    const text = (file: string): string => readFileSync(path(file), "utf8");
    try {
      const args = ["create", "--bundle", bundle, "--pid-file", path(files.pid), id];
      const child = this.spawn(args, { stdio: ["ignore", outputFd, errorsFd] });
      const { status } = await collect(child, `create ${id}`, DEFAULT_DEADLINE_MS);
      if (status !== 0) throw new Error(`create ${id}: status ${status}: ${text(files.errors)}`);
    } finally {
      closeSync(outputFd);
      closeSync(errorsFd);
    }
    return { id, pid: Number(text(files.pid)), output: () => text(files.output), errors: () => text(files.errors) };
  }

  /** `create` and `start`. */
  async start(bundle: string, id = this.newId()): Promise<CreatedContainer> {
    const container = await this.create(bundle, id);
    await this.ok(["start", container.id]);
    return container;
  }

  /** Waits until a container that is being made has its record. */
  async recordAppears(id: string): Promise<void> {
    mkdirSync(this.stateRoot, { recursive: true, mode: 0o711 });
    await withDeadline(`the record of ${id}`, DEFAULT_DEADLINE_MS, async (signal) => {
      await appears(this.stateRoot, id, signal);
      await appears(join(this.stateRoot, id), "state.json", signal);
    });
  }

  /** The record that tskata keeps of a container. */
  record(id: string): ContainerRecord {
    return JSON.parse(readFileSync(join(this.stateRoot, id, "state.json"), "utf8")) as ContainerRecord;
  }

  /** The status that `state` gives of a container. */
  async status(id: string): Promise<string> {
    return (JSON.parse(await this.ok(["state", id])) as { status: string }).status;
  }

  /** What is left of this test's containers on the host right now. */
  leaks(): Promise<string[]> {
    return leaksSince(this.#before, this.marker, this.#watched());
  }

  #watched(): string[] {
    return [this.stateRoot, this.runDirectory];
  }

  /** A test has ended when its teardown runs, so that a leak is thrown and not asserted. */
  async #finish(): Promise<void> {
    for (const id of containersIn(this.stateRoot)) await this.run(["delete", "--force", id]);
    // Whoever holds a template ends with it.
    if (this.#ownTemplates !== undefined) rmSync(this.#ownTemplates, { recursive: true, force: true });
    const leaks = await this.leaks();
    if (leaks.length > 0) throw new Error(`left behind:\n${leaks.join("\n")}`);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/**
 * Collects the output of a child until its end.
 *
 * @throws Error when it takes longer than the deadline; it is killed then
 */
export function collect(child: ChildProcess, what: string, deadlineMs: number): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      const heard = Buffer.concat(stderr).toString();
      reject(new Error(`${what}: not ended after ${deadlineMs} ms; its standard error: ${heard}`));
    }, deadlineMs);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const bytes = Buffer.concat(stdout);
      const text = bytes.toString().replace(/\n$/, "");
      resolve({ status, signal, stdout: bytes, text, stderr: Buffer.concat(stderr).toString() });
    });
  });
}

function containersIn(stateRoot: string): string[] {
  return existsSync(stateRoot) ? readdirSync(stateRoot) : [];
}
