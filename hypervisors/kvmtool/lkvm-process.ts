import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { createConnection } from "node:net";
import { basename, dirname } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { withDeadline } from "../../src/common/deadline.js";
import { errnoName } from "../../src/common/error.js";
import { spawnFailed } from "../common/host-errors.js";
import type { ProcessExit } from "../common/process-exit.js";
import { endedEarly } from "./errors.js";

const STDERR_TAIL_BYTES = 8 * 1024;
const REAP_TIMEOUT_MS = 10_000;

/** An lkvm of ours. */
export class LkvmProcess {
  readonly pid: number;
  /** The guest's serial console, and what lkvm says itself. */
  readonly console: Readable;
  /** Settles once the process is reaped; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.console = child.stdout as Readable;
    const stderr = tailOf(child.stderr as Readable);
    this.exited = new Promise((resolve) => {
      child.once("exit", (exitCode, signal) => {
        void stderr.then((text) => resolve({ exitCode, signal, stderr: text }));
      });
    });
  }

  /**
   * Starts an lkvm.
   *
   * @param command program and arguments; a program that executes another one keeps the pid
   * @param home its HOME
   * @throws TskataError `not-found`, `permission` or `resource` where the system refuses
   */
  static async start(command: readonly string[], home: string): Promise<LkvmProcess> {
    const [program = "", ...args] = command;
    const env = { PATH: process.env["PATH"], LC_ALL: "C", HOME: home };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: "/", env });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(spawnFailed(program, cause)));
    });
    return new LkvmProcess(child, child.pid ?? 0);
  }

  /**
   * Waits for the socket that lkvm makes once KVM, memory and kernel are there.
   *
   * @throws TskataError `unavailable` where lkvm ends before, `deadline`, the signal's reason
   */
  async answers(socketPath: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const ended = this.exited.then((exit) => {
      throw endedEarly(exit);
    });
    // It may end long after this.
    ended.catch(() => undefined);
    const over = new AbortController();
    const wait = (deadline: AbortSignal): Promise<void> =>
      Promise.race([listens(socketPath, AbortSignal.any([deadline, over.signal])), ended]);
    try {
      await withDeadline("start lkvm", timeoutMs, wait, signal);
    } finally {
      over.abort();
    }
  }

  /**
   * Kills the process and waits until it is reaped. Safe to call twice.
   *
   * @throws TskataError `deadline` where the kernel does not let go of it within 10 s
   */
  async kill(): Promise<ProcessExit> {
    this.#child.kill("SIGKILL");
    return withDeadline(`kill lkvm (pid ${this.pid})`, REAP_TIMEOUT_MS, () => this.exited);
  }
}

async function listens(path: string, signal: AbortSignal): Promise<void> {
  await appears(path, signal);
  // Between bind(2) and listen(2), a moment, it refuses.
  while (!(await accepts(path))) {
    await setImmediate();
    signal.throwIfAborted();
  }
}

async function accepts(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    if (errnoName(error) === "ECONNREFUSED") return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

function appears(path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) settle(resolve);
    });
    const settle = (how: () => void): void => {
      watcher.close();
      signal.removeEventListener("abort", give);
      how();
    };
    const give = (): void => settle(() => reject(signal.reason as Error));
    watcher.once("error", (error) => settle(() => reject(error)));
    signal.addEventListener("abort", give, { once: true });
    // It may have come before the watch began.
    if (existsSync(path)) settle(resolve);
  });
}

async function tailOf(stream: Readable): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) tail = Buffer.concat([tail, chunk as Buffer]).subarray(-STDERR_TAIL_BYTES);
  return tail.toString();
}
