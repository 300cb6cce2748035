import type { Duplex } from "node:stream";
import { TskataError } from "../../common/error.js";
import type { OutputCarrier } from "../../protocol/transport.js";
import type { LauncherProcess, StartLauncher } from "../kernel/launcher.js";
import type { Plan } from "../kernel/plan.js";
import { launchFailure } from "./launch-failure.js";
import { ProcessStreams } from "./process-streams.js";
import type { StreamName } from "./process-streams.js";

/** The longest that a reader on the host may hold up the report of an exit, in milliseconds. */
const FLUSH_TIMEOUT_MS = 2_000;

/** A process of a container: its launcher, its streams, its end. */
export class GuestProcess {
  /** In the agent's pid namespace. */
  readonly pid: number;
  /** Settles with the exit status as a shell gives it, whether output was read or not. */
  readonly exited: Promise<number>;
  readonly #launched: LauncherProcess;
  readonly #plan: Plan;
  readonly #streams: ProcessStreams;
  #exitStatus: number | undefined;

  /**
   * Starts a launcher on a plan.
   *
   * @param carrier sends the process's output to the host
   * @throws TskataError in the words of `launchFailure`
   */
  static async launch(start: StartLauncher, plan: Plan, carrier: OutputCarrier): Promise<GuestProcess> {
    try {
      return new GuestProcess(await start(plan), plan, carrier);
    } catch (error) {
      throw launchFailure(error, plan);
    }
  }

  private constructor(launched: LauncherProcess, plan: Plan, carrier: OutputCarrier) {
    this.pid = launched.pid;
    this.#launched = launched;
    this.#plan = plan;
    this.#streams = new ProcessStreams(launched, carrier);
    this.exited = launched.exited.then(({ status }) => {
      this.#exitStatus = status;
      this.#streams.end();
      return status;
    });
  }

  /** The exit status, once it has ended. */
  get exitStatus(): number | undefined {
    return this.#exitStatus;
  }

  /**
   * Answers when everything is set up, and only its program isn't run yet.
   *
   * @throws TskataError in the words of `launchFailure`
   */
  async ready(): Promise<void> {
    await this.#explained(this.#launched.ready());
  }

  /**
   * Lets it run its program; answers when it does.
   *
   * @throws TskataError in the words of `launchFailure`
   */
  async start(): Promise<void> {
    await this.#explained(this.#launched.start());
  }

  /**
   * Answers when it runs its program, where nothing holds it up before.
   *
   * @throws TskataError in the words of `launchFailure`
   */
  async started(): Promise<void> {
    await this.#explained(this.#launched.started());
  }

  /** @throws TskataError `failed-precondition` where it has ended */
  signal(signal: number): void {
    this.#requireAlive();
    this.#launched.signal(signal);
  }

  /** @throws TskataError `failed-precondition` where it has ended or has no terminal */
  resize(columns: number, rows: number): void {
    this.#requireAlive();
    if (this.#launched.stdio.kind !== "terminal") {
      throw new TskataError("failed-precondition", `process ${this.pid} has no terminal`);
    }
    this.#launched.resize(columns, rows);
  }

  /** Joins one of its streams with a stream to the host. */
  attach(name: StreamName, stream: Duplex): void {
    this.#streams.attach(name, stream);
  }

  /**
   * Settles with the exit status when its output was handed to the host, or
   * the host's reader has had two seconds for it.
   */
  async waited(): Promise<number> {
    const status = await this.exited;
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, FLUSH_TIMEOUT_MS);
      void this.#streams.flushed().then(() => {
        clearTimeout(patience);
        resolve();
      });
    });
    return status;
  }

  /** Drops output that nobody asked for. */
  forget(): void {
    this.#streams.forget();
  }

  /** Ends it where it lives, and forgets it. */
  dispose(): void {
    this.#launched.dispose();
    this.forget();
  }

  async #explained(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      throw launchFailure(error, this.#plan);
    }
  }

  // Engines look for kill(2)'s words (containerd maps them to "already gone"): they kill what is about to end by itself.
  #requireAlive(): void {
    if (this.#exitStatus !== undefined) {
      throw new TskataError("failed-precondition", `process ${this.pid} has ended: no such process`);
    }
  }
}
