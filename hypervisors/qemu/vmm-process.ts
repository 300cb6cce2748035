import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { withDeadline } from "../../src/common/deadline.js";
import { spawnFailed } from "../common/host-errors.js";
import type { ProcessExit } from "../common/process-exit.js";
import { AGENT_FD, CONSOLE_FD, CONTROL_FD } from "./vmm-descriptors.js";

const STDERR_TAIL_BYTES = 8 * 1024;
const REAP_TIMEOUT_MS = 10_000;

/** What a VMM is started with. */
export interface VmmStart {
  /** Descriptors of ours that it inherits as KERNEL_FD and so on, undefined for none there; still ours to close. */
  readonly files?: readonly (number | undefined)[];
  /** Beside PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The command has another process be the VMM, hands it all channels, says its pid on standard output, lives as long
   * and takes it along when it gets SIGTERM. Default false.
   */
  readonly isElsewhere?: boolean;
  /** It may be released: signals of this process's terminal don't reach it. Default false. */
  readonly isDetached?: boolean;
}

/** A QEMU process of ours and the channels into it. Nothing of it has a name in the file system. */
export class VmmProcess {
  /** Of the command. */
  readonly pid: number;
  /** The first line of standard output, where the VMM is elsewhere; undefined where it ends without one. */
  readonly announcement: Promise<string | undefined>;
  /** The guest's `tskata.agent` port. */
  readonly agent: Duplex;
  /** QMP. */
  readonly control: Duplex;
  /** The guest's serial console. */
  readonly console: Duplex;
  /** Settles once the process is reaped; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #isElsewhere: boolean;
  #isReleased = false;
  #release: () => void = () => undefined;

  private constructor(child: ChildProcess, pid: number, isElsewhere: boolean) {
    this.#child = child;
    this.#isElsewhere = isElsewhere;
    this.pid = pid;
    this.agent = channel(child, AGENT_FD);
    this.control = channel(child, CONTROL_FD);
    this.console = channel(child, CONSOLE_FD);
    this.announcement = isElsewhere ? firstLine(child.stdout as Readable) : Promise.resolve(undefined);
    const ended = isElsewhere ? endOf(child, this.control) : exitOf(child);
    const released = new Promise<ProcessExit>((resolve) => {
      this.#release = () => resolve({ exitCode: 0, signal: null, stderr: "" });
    });
    this.exited = Promise.race([ended, released]);
  }

  /**
   * Starts a VMM.
   *
   * @param command program and arguments; a program that executes another one keeps the pid
   * @throws TskataError `not-found`, `permission` or `resource` where the system refuses
   */
  static async start(
    command: readonly string[],
    { files = [], environment = {}, isElsewhere = false, isDetached = false }: VmmStart = {},
  ): Promise<VmmProcess> {
    const [program = "", ...args] = command;
    // Node's pipes are socket pairs: QEMU takes them as connected sockets.
    const stdio: StdioOptions = [
      "ignore",
      isElsewhere ? "pipe" : "ignore",
      "pipe",
      "pipe",
      "pipe",
      "pipe",
      ...files.map((fd) => fd ?? "ignore"),
    ];
    const env = { PATH: process.env["PATH"], LC_ALL: "C", ...environment };
    const child = spawn(program, args, { stdio, cwd: "/", env, detached: isDetached });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(spawnFailed(program, cause)));
    });
    return new VmmProcess(child, child.pid ?? 0, isElsewhere);
  }

  /**
   * Kills the process and waits until it is reaped. Safe to call twice.
   *
   * @throws TskataError `deadline` where the kernel does not let go of it within 10 s
   */
  async kill(): Promise<ProcessExit> {
    this.#end();
    return withDeadline(`kill QEMU (pid ${this.pid})`, REAP_TIMEOUT_MS, () => this.exited);
  }

  /** Waits until the process has ended by itself, and makes it after `graceMs`. */
  async reaped(graceMs: number): Promise<ProcessExit> {
    const late = setTimeout(() => this.#end(), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(late);
    }
  }

  /** Leaves the process to itself; for us it has exited, with status 0. */
  release(): void {
    this.#isReleased = true;
    this.#child.unref();
    (this.#child.stderr as Socket).unref();
    this.closeChannels();
    this.#release();
  }

  /** Closes our ends of the channels; what their users read ends. */
  closeChannels(): void {
    for (const stream of [this.agent, this.control, this.console]) stream.destroy();
  }

  #end(): void {
    if (this.#isReleased) return;
    // Halted, it would hear of nothing.
    if (this.#isElsewhere) this.#child.kill("SIGCONT");
    this.#child.kill(this.#isElsewhere ? "SIGTERM" : "SIGKILL");
  }
}

function channel(child: ChildProcess, fd: number): Duplex {
  const stream = child.stdio[fd as 3 | 4] as Duplex;
  // The end of the process is what counts and `exited` tells it; a reset while writing must not end ours.
  stream.on("error", () => undefined);
  return stream;
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const stderr = tailOf(child.stderr as Readable);
  return new Promise((resolve) => {
    child.once("exit", (exitCode, signal) => {
      void stderr.then((text) => resolve({ exitCode, signal, stderr: text }));
    });
  });
}

/** A VMM elsewhere closes its control channel when it has ended, a moment after the command. */
async function endOf(child: ChildProcess, control: Duplex): Promise<ProcessExit> {
  const closed = new Promise((resolve) => control.once("close", resolve));
  const exit = await exitOf(child);
  await closed;
  return exit;
}

async function firstLine(stream: Readable): Promise<string | undefined> {
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}

async function tailOf(stream: Readable): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) tail = Buffer.concat([tail, chunk as Buffer]).subarray(-STDERR_TAIL_BYTES);
  return tail.toString();
}
