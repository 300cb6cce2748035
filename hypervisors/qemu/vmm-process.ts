import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { withDeadline } from "../../src/common/deadline.js";
import { AGENT_FD, CONSOLE_FD, CONTROL_FD } from "./command-line.js";
import { spawnFailed } from "./errors.js";

const STDERR_TAIL_BYTES = 8 * 1024;
const REAP_TIMEOUT_MS = 10_000;

/** How a VMM process ended. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last 8 KiB that it wrote to standard error. */
  readonly stderr: string;
}

/** A QEMU process of ours and the channels into it. Nothing of it has a name in the file system. */
export class VmmProcess {
  readonly pid: number;
  /** The guest's `tskata.agent` port. */
  readonly agent: Duplex;
  /** QMP. */
  readonly control: Duplex;
  /** The guest's serial console. */
  readonly console: Duplex;
  /** Settles once the process is reaped; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.agent = channel(child, AGENT_FD);
    this.control = channel(child, CONTROL_FD);
    this.console = channel(child, CONSOLE_FD);
    this.exited = exitOf(child);
  }

  /**
   * Starts a VMM.
   *
   * @param command program and arguments; a program that executes another one keeps the pid
   * @param files descriptors of ours that it inherits as KERNEL_FD, IMAGE_FD and so on, undefined for none there;
   *   still ours to close
   * @param environment beside PATH
   * @throws TskataError `not-found`, `permission` or `resource` where the system refuses
   */
  static async start(
    command: readonly string[],
    files: readonly (number | undefined)[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<VmmProcess> {
    const [program = "", ...args] = command;
    // Node's pipes are socket pairs: QEMU takes them as connected sockets.
    const stdio: StdioOptions = [
      "ignore",
      "ignore",
      "pipe",
      "pipe",
      "pipe",
      "pipe",
      ...files.map((fd) => fd ?? "ignore"),
    ];
    const env = { PATH: process.env["PATH"], LC_ALL: "C", ...environment };
    const child = spawn(program, args, { stdio, cwd: "/", env });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(spawnFailed(program, cause)));
    });
    return new VmmProcess(child, child.pid ?? 0);
  }

  /**
   * Kills the process and waits until it is reaped. Safe to call twice.
   *
   * @throws TskataError `deadline` where the kernel does not let go of it within 10 s
   */
  async kill(): Promise<ProcessExit> {
    this.#child.kill("SIGKILL");
    return withDeadline(`kill QEMU (pid ${this.pid})`, REAP_TIMEOUT_MS, () => this.exited);
  }

  /** Waits until the process has ended by itself, and makes it after `graceMs`. */
  async reaped(graceMs: number): Promise<ProcessExit> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(late);
    }
  }

  /** Closes our ends of the channels; what their users read ends. */
  closeChannels(): void {
    for (const stream of [this.agent, this.control, this.console]) stream.destroy();
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

async function tailOf(stream: Readable): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) tail = Buffer.concat([tail, chunk as Buffer]).subarray(-STDERR_TAIL_BYTES);
  return tail.toString();
}
