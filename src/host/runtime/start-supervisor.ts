import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { createConnection } from "node:net";
import { constants, setPriority } from "node:os";
import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import { lastLines } from "../../common/last-lines.js";
import type { LogSink } from "../../common/log.js";
import type { BootOrder, BootReport, HooksRan, MonitorStarted, PrepareOrder } from "../sandbox/boot-channel.js";
import { readJsonLines, writeJsonLine } from "../sandbox/json-lines.js";
import { fromWireError } from "../sandbox/wire-error.js";
import { IN_OWN_MOUNT_NAMESPACE } from "../resource/mount-namespace.js";
import { identifyProcess } from "../state/process-identity.js";
import { type RunDirectory, writeSupervisor } from "../state/run-directory.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";
import type { Installation } from "./installation.js";

/** The process of a supervisor, as far as its caller has to do with it. */
interface SupervisorProcess {
  /** `unshare` keeps it. */
  readonly pid: number;
  /** Hangs up, and waits for its end. */
  readonly end: () => Promise<void>;
  /** Lets it go on by itself. */
  readonly release: () => void;
}

/** The supervisor that is making a container. */
export class StartingSupervisor implements CreatingSupervisor {
  readonly #process: SupervisorProcess;
  readonly #channel: Duplex;
  readonly #reports: AsyncGenerator<unknown, void>;
  readonly #logPath: string;
  readonly #log: LogSink;
  #movesDevices = false;

  readonly pid: number;
  readonly seesOtherMounts: boolean;

  private constructor(
    process: SupervisorProcess,
    channel: Duplex,
    reports: AsyncGenerator<unknown, void>,
    { logPath, log, seesOtherMounts }: { logPath: string; log: LogSink; seesOtherMounts: boolean },
  ) {
    this.pid = process.pid;
    this.seesOtherMounts = seesOtherMounts;
    this.#process = process;
    this.#channel = channel;
    this.#reports = reports;
    this.#logPath = logPath;
    this.#log = log;
  }

  /**
   * Starts it in a mount namespace of its own and has it prepare what it can.
   *
   * @param enter the beginning of its command line, where it begins elsewhere
   */
  static async start(
    installation: Pick<Installation, "supervisor">,
    directory: RunDirectory,
    { preparation, enter }: { readonly preparation: PrepareOrder; readonly enter: readonly string[] },
    log: LogSink,
  ): Promise<StartingSupervisor> {
    const logFd = openSync(directory.supervisorLog, "a", 0o600);
    const mounts = openSync("/proc/self/ns/mnt", "r");
    const [command, ...args] = [...enter, ...IN_OWN_MOUNT_NAMESPACE, process.execPath, installation.supervisor];
    const child = spawn(command, args, {
      stdio: ["ignore", logFd, logFd, "pipe", mounts],
      cwd: "/",
      detached: true,
    });
    for (const fd of [logFd, mounts]) closeSync(fd);
    if (child.pid === undefined) {
      const [cause] = (await once(child, "error")) as [Error];
      throw new TskataError("internal", `start the supervisor: ${command}: ${cause.message}`, { cause });
    }
    const identity = identifyProcess(child.pid);
    // Before it knows what to do: who cleans up after a `create` that was killed waits for its end.
    if (identity !== undefined) writeSupervisor(directory, identity);
    // What waits for later must not be in the way of what runs.
    if (preparation.pool !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    const channel = child.stdio[3] as unknown as Duplex;
    channel.on("error", () => channel.destroy());
    const supervising = {
      pid: child.pid,
      end: async () => {
        channel.destroy();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      },
      release: () => {
        channel.destroy();
        child.unref();
      },
    };
    const about = { logPath: directory.supervisorLog, log, seesOtherMounts: false };
    const supervisor = new StartingSupervisor(supervising, channel, readJsonLines(channel), about);
    await supervisor.#say(preparation);
    return supervisor;
  }

  /**
   * Takes one that waits in the pool.
   *
   * @throws the system's error where it is gone
   */
  static async claim(directory: RunDirectory, pid: number, log: LogSink): Promise<StartingSupervisor> {
    const channel = createConnection(directory.claimSocket);
    await once(channel, "connect");
    channel.on("error", () => channel.destroy());
    const reports = readJsonLines(channel);
    const end = async (): Promise<void> => {
      channel.end();
      // It hangs up when it ends.
      while (!channel.closed && (await reports.next().catch(() => ({ done: true }))).done !== true);
    };
    const about = { logPath: directory.supervisorLog, log, seesOtherMounts: true };
    return new StartingSupervisor({ pid, end, release: () => channel.destroy() }, channel, reports, about);
  }

  /**
   * Takes one that is part of this process, and has it prepare what it can.
   *
   * @param channel this end of its boot channel
   * @param ended settles when it has undone, or ended, everything
   */
  static async within(
    channel: Duplex,
    ended: Promise<void>,
    { directory, preparation }: { readonly directory: RunDirectory; readonly preparation: PrepareOrder },
    log: LogSink,
  ): Promise<StartingSupervisor> {
    const supervising = {
      pid: process.pid,
      end: async () => {
        channel.destroy();
        await ended;
      },
      release: () => channel.destroy(),
    };
    const about = { logPath: directory.supervisorLog, log, seesOtherMounts: false };
    const supervisor = new StartingSupervisor(supervising, channel, readJsonLines(channel), about);
    await supervisor.#say(preparation);
    return supervisor;
  }

  /** Settles when one that was told to wait in the pool does. */
  async ready(): Promise<void> {
    await this.#next("ready");
  }

  /**
   * Settles when it has been claimed; then it goes on by itself.
   *
   * @throws TskataError `unavailable` where it ends before, or its own error
   */
  async claimed(): Promise<void> {
    await this.#next("claimed");
    this.#process.release();
  }

  /** Gives it the order; settles when monitors may connect. */
  async take(order: BootOrder): Promise<void> {
    this.#movesDevices = order.netDevices.length > 0;
    try {
      await this.#say(order);
      await this.#next("listening");
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  async adopt(monitorPid: number): Promise<void> {
    await this.#say({ monitorPid });
    if (this.#movesDevices) await this.#next("devices-moved");
  }

  async finish(): Promise<void> {
    await this.#say({ hooksRan: true });
    await this.#next("created");
    this.#process.release();
  }

  /** Hangs up, which makes it undo everything, and waits for its end. */
  async abandon(): Promise<void> {
    await this.#process.end();
  }

  async #say(message: PrepareOrder | BootOrder | MonitorStarted | HooksRan): Promise<void> {
    try {
      await writeJsonLine(this.#channel, message);
    } catch (cause) {
      throw await this.#endedEarly(cause);
    }
  }

  async #next(kind: BootReport["kind"]): Promise<void> {
    const report = await this.#report();
    if (report.kind === "note") {
      this.#log[report.level](report.message);
      return this.#next(kind);
    }
    if (report.kind === "failed") throw fromWireError(report.error);
    if (report.kind !== kind) throw new TskataError("internal", `the supervisor said ${report.kind} for ${kind}`);
  }

  async #report(): Promise<BootReport> {
    let cause: unknown;
    try {
      const next = await this.#reports.next();
      if (next.done !== true) return next.value as BootReport;
    } catch (error) {
      cause = error;
    }
    throw await this.#endedEarly(cause);
  }

  /** The error for a supervisor that hung up, with its last words: the log itself goes with the run directory. */
  async #endedEarly(cause: unknown): Promise<TskataError> {
    await this.abandon();
    const text = existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8") : "";
    return new TskataError("unavailable", `the supervisor ended before its container was made: ${lastLines(text)}`, {
      cause,
    });
  }
}
