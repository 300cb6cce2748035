import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { BootOrder, BootReport, HooksRan, MonitorStarted, PrepareOrder } from "../sandbox/boot-channel.js";
import { readJsonLines, writeJsonLine } from "../sandbox/json-lines.js";
import { fromWireError } from "../sandbox/wire-error.js";
import { IN_OWN_MOUNT_NAMESPACE } from "../resource/mount-namespace.js";
import type { RunDirectory } from "../state/run-directory.js";
import type { CreatingSupervisor } from "./creating-supervisor.js";
import type { Installation } from "./installation.js";

/** Of the log of a supervisor that crashed. */
const LAST_LINES = 5;

/** The supervisor that is making a container. */
export class StartingSupervisor implements CreatingSupervisor {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #reports: AsyncGenerator<unknown, void>;
  readonly #logPath: string;
  readonly #log: LogSink;
  #movesDevices = false;

  /** Its process id: `unshare` keeps it. */
  readonly pid: number;

  private constructor(
    pid: number,
    child: ChildProcess,
    channel: Duplex,
    { logPath, log }: { logPath: string; log: LogSink },
  ) {
    this.pid = pid;
    this.#child = child;
    this.#channel = channel;
    this.#reports = readJsonLines(channel);
    this.#logPath = logPath;
    this.#log = log;
  }

  /** Starts it in a mount namespace of its own and has it prepare what it can. */
  static async start(
    installation: Installation,
    directory: RunDirectory,
    preparation: PrepareOrder,
    log: LogSink,
  ): Promise<StartingSupervisor> {
    const logFd = openSync(directory.supervisorLog, "a", 0o600);
    const [unshare, ...args] = IN_OWN_MOUNT_NAMESPACE;
    const child = spawn(unshare, [...args, process.execPath, installation.supervisor], {
      stdio: ["ignore", logFd, logFd, "pipe"],
      cwd: "/",
      detached: true,
    });
    closeSync(logFd);
    if (child.pid === undefined) {
      const [cause] = (await once(child, "error")) as [Error];
      throw new TskataError("internal", `start the supervisor: unshare: ${cause.message}`, { cause });
    }
    const channel = child.stdio[3] as unknown as Duplex;
    channel.on("error", () => channel.destroy());
    const supervisor = new StartingSupervisor(child.pid, child, channel, {
      logPath: directory.supervisorLog,
      log,
    });
    await supervisor.#say(preparation);
    return supervisor;
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
    this.#channel.destroy();
    this.#child.unref();
  }

  /** Hangs up, which makes it undo everything, and waits for its end. */
  async abandon(): Promise<void> {
    this.#channel.destroy();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
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
    const text = existsSync(this.#logPath) ? readFileSync(this.#logPath, "utf8").trim() : "";
    const lastLines = text.split("\n").slice(-LAST_LINES).join("; ");
    return new TskataError("unavailable", `the supervisor ended before its container was made: ${lastLines}`, {
      cause,
    });
  }
}
