import { constants } from "node:os";
import type { Duplex, Readable, Writable } from "node:stream";
import type { PreservedFd } from "../../protocol/preserved-fds.js";
import { SECCOMP_NEW_LISTENER } from "../../oci/tables/seccomp.js";
import { spawnLauncher, type LauncherChild, type SpawnLauncher } from "./launcher-child.js";
import { LauncherError } from "./launcher-error.js";
import { parseReport, type LauncherReport } from "./launcher-report.js";
import { encodePlan } from "./plan-encoder.js";
import type { Plan, PlanStage } from "./plan.js";
import { TerminalStream } from "./terminal-stream.js";

/** Standard streams of a launched process. The outputs of one without a terminal are handed over to init. */
export type LauncherStdio =
  { readonly kind: "pipes"; readonly stdin: Writable } | { readonly kind: "terminal"; readonly terminal: Duplex };

/** One of a process's further descriptors. */
export interface PreservedStream {
  readonly direction: PreservedFd;
  readonly stream: Duplex;
}

/** How a launched process ended. */
export interface LauncherExit {
  /** As a shell gives it: the code, or 128 + the signal. 255 where it never came to its exec. */
  readonly status: number;
}

/** A process under a launcher of its own. */
export interface LauncherProcess {
  /** Process id in the agent's pid namespace. */
  readonly pid: number;
  /** Process id of the launcher, by which init knows the outputs of the process. */
  readonly launcher: number;
  /** Nothing is read before somebody listens; output outlasts the process. */
  readonly stdio: LauncherStdio;
  /** What the notifier of its seccomp filter says to the host; undefined where the filter has none. */
  readonly notifications: Duplex | undefined;
  /** One for each descriptor from 3 up, as the plan has them. */
  readonly preservedFds: readonly PreservedStream[];
  /** Answers when the child waits at the barrier `name`; a LauncherError when it fails before. */
  reached(name: string): Promise<void>;
  /** `reached("start")`: everything is set up, only the exec is left. */
  ready(): Promise<void>;
  /** Lets the child go on from a barrier other than `start`. */
  resume(): void;
  /** Lets the child go on from the barrier `start`; answers after its exec, a LauncherError when that fails. */
  start(): Promise<void>;
  /** Answers after its exec, where no barrier comes before it; a LauncherError when that fails. */
  started(): Promise<void>;
  /** Sends a signal to the process: pidfd_send_signal(2). Nothing where it has ended. */
  signal(signal: number): void;
  /** Sets the window size of the terminal in characters. */
  resize(columns: number, rows: number): void;
  /** Settles when the process has ended, perhaps before its output was read to the end. Never rejects. */
  readonly exited: Promise<LauncherExit>;
  /** Ends it all: kills the process where it lives, drops what a terminal still shows. */
  dispose(): void;
}

/** The signature of `startLauncher`, for doubles. */
export type StartLauncher = (plan: Plan, spawn?: SpawnLauncher) => Promise<LauncherProcess>;

/**
 * Starts a launcher with this plan; answers when the child exists.
 *
 * @throws LauncherError when an operation of `before` or `between`, or the clone fails
 * @throws Error when the launcher itself can't be started
 */
export const startLauncher: StartLauncher = async (plan, spawn = spawnLauncher) => {
  const bytes = encodePlan(plan);
  const kind = plan.terminal ? "terminal" : "pipes";
  const launched = new LaunchedProcess(plan, spawn(kind, wantsListener(plan), plan.preservedFds));
  launched.send(bytes);
  await launched.born;
  return launched;
};

/** Whether the plan installs a seccomp filter with a listener. */
function wantsListener({ child }: Plan): boolean {
  return child.some((each) => each.op === "seccomp" && (each.flags & SECCOMP_NEW_LISTENER) !== 0);
}

/** What is awaited of the launcher, and whether it has come. */
interface Waiter {
  readonly hasCome: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class LaunchedProcess implements LauncherProcess {
  pid = 0;
  readonly launcher: number;
  readonly stdio: LauncherStdio;
  readonly notifications: Duplex | undefined;
  readonly preservedFds: readonly PreservedStream[];
  readonly exited: Promise<LauncherExit>;
  readonly born: Promise<void>;
  readonly #plan: Plan;
  readonly #child: LauncherChild;
  readonly #control: Duplex;
  readonly #barriers = new Set<string>();
  #hasStarted = false;
  #failure: Error | undefined;
  #waiters: Waiter[] = [];
  #settleExit!: (exit: LauncherExit) => void;

  constructor(plan: Plan, child: LauncherChild) {
    this.#plan = plan;
    this.#child = child;
    this.#control = child.control;
    this.launcher = child.pid;
    this.stdio = this.#openStdio();
    this.notifications = child.notifications ?? undefined;
    // Its end is no fault: whoever joins it with the host has listeners of his own.
    this.notifications?.on("error", () => undefined);
    this.preservedFds = openPreserved(plan.preservedFds ?? [], child.preservedFds);
    this.exited = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
    this.born = this.#wait(() => this.pid !== 0);
    this.#listen();
  }

  reached(name: string): Promise<void> {
    return this.#wait(() => this.#barriers.has(name));
  }

  ready(): Promise<void> {
    return this.reached("start");
  }

  resume(): void {
    this.#command("continue");
  }

  start(): Promise<void> {
    this.#command("continue");
    return this.started();
  }

  started(): Promise<void> {
    return this.#wait(() => this.#hasStarted);
  }

  signal(signal: number): void {
    this.#command(`signal ${signal}`);
  }

  resize(columns: number, rows: number): void {
    this.#command(`winsize ${columns} ${rows}`);
  }

  dispose(): void {
    this.signal(constants.signals.SIGKILL);
    for (const stream of [this.#child.input, this.#child.output]) stream?.destroy();
    this.notifications?.destroy();
    for (const { stream } of this.preservedFds) stream.destroy();
  }

  /** Writes to the control socket. */
  send(bytes: Uint8Array | string): void {
    this.#control.write(bytes);
  }

  #command(line: string): void {
    if (this.#control.writable) this.send(`${line}\n`);
  }

  #openStdio(): LauncherStdio {
    const { input, output } = this.#child;
    if (input === null) throw new TypeError("a launcher of a process has an input");
    // A process that closes its input, or ends, breaks the stream: no fault,
    // and whoever uses the stream has listeners of his own.
    for (const stream of [input, output, this.#control]) stream?.on("error", () => undefined);
    return output === null
      ? { kind: "pipes", stdin: input }
      : { kind: "terminal", terminal: new TerminalStream(input, output) };
  }

  #listen(): void {
    let rest = "";
    this.#control.setEncoding("latin1");
    this.#control.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(parseReport(line));
    });
    this.#child.ended.then(
      () => this.#killOrphan(),
      (error: Error) => this.#end(error, 255),
    );
    // Either may be first.
    this.#control.once("close", () => {
      this.#killOrphan();
      this.#end(this.#error("child", "ECHILD", "the launcher has ended"), 255);
    });
  }

  /** A launcher leaves by itself only when its child has ended, or never was. */
  #killOrphan(): void {
    if (this.pid !== 0 && !this.#hasEnded) killQuietly(this.pid);
  }

  #hasEnded = false;

  #take(report: LauncherReport | undefined): void {
    switch (report?.kind) {
      case "pid":
        this.pid = report.pid;
        break;
      case "barrier":
        this.#barriers.add(report.name);
        break;
      case "started":
        this.#hasStarted = true;
        break;
      case "failed":
        this.#failure = this.#error(report.stage, report.errno, report.detail, report.index);
        break;
      case "exited":
        this.#end(this.#error("child", "ECHILD", `ended with status ${report.status}`), report.status);
        this.#leaveWhenRead();
        return;
      case "done":
      case undefined:
        this.#failure = this.#error("plan", "EPROTO", "the launcher wrote what is no report");
        break;
    }
    this.#settleWaiters();
  }

  /** The launcher stays until all of it was read, because Node drops what is unread when a child process is gone. */
  #leaveWhenRead(): void {
    const unread: Promise<void>[] = [];
    const { output } = this.#child;
    if (output !== null) unread.push(over(output, "close"));
    for (const { direction, stream } of this.preservedFds) {
      // Nobody reads it any more, and after its end nobody writes.
      if (direction === "r") stream.destroy();
      else unread.push(over(stream, "end").then(() => void stream.destroy()));
    }
    void Promise.all(unread).then(() => this.#control.end());
  }

  #end(error: Error, status: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure ??= error;
    this.#settleWaiters();
    this.#settleExit({ status });
  }

  #wait(hasCome: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ hasCome, resolve, reject });
      this.#settleWaiters();
    });
  }

  #settleWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.hasCome()) waiter.resolve();
      else if (this.#failure !== undefined) waiter.reject(this.#failure);
      else this.#waiters.push(waiter);
    }
  }

  #error(stage: PlanStage, errno: string, detail: string, index = -1): LauncherError {
    const list = stage === "before" || stage === "between" || stage === "parent" || stage === "child";
    const operation = list ? this.#plan[stage][index]?.op : undefined;
    return new LauncherError({ stage, index, operation, errno, detail });
  }
}

/** Settles at a stream's event, or when it is closed. */
function over(stream: Readable, event: "end" | "close"): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed || (event === "end" && stream.readableEnded)) resolve();
    else stream.once(event, resolve).once("close", resolve);
  });
}

function openPreserved(directions: readonly PreservedFd[], streams: readonly Duplex[]): PreservedStream[] {
  return directions.map((direction, index) => {
    const stream = streams[index];
    if (stream === undefined) throw new TypeError(`a launcher has no stream for preserved descriptor ${index}`);
    // As of standard streams.
    stream.on("error", () => undefined);
    // The process may end its output and go on reading.
    if (direction === "b") stream.allowHalfOpen = true;
    // Only so its end is seen; nothing comes of it.
    if (direction === "r") stream.resume();
    return { direction, stream };
  });
}

/** A launcher that was killed leaves its process behind. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
