import { TskataError } from "../../common/error.js";
import type { Attendant } from "./attendant.js";
import type { TaskIo } from "./io/task-io.js";

/** How a process ended. */
export interface ProcessEnd {
  /** As a shell has it: 128 and the signal's number where one ended it. */
  readonly status: number;
  readonly at: Date;
}

/** What is true of a process. */
export type ProcessState =
  /** Waits for `Start`: announced by `Exec`, or a container's. */
  | { readonly kind: "created" }
  /** `over` settles when it runs, or could not be started. */
  | { readonly kind: "starting"; readonly over: Promise<void> }
  | { readonly kind: "running" }
  | ({ readonly kind: "stopped" } & ProcessEnd);

/** What a process is told apart by; the exec id is empty for a container's first. */
export interface ProcessKey {
  readonly id: string;
  readonly execId: string;
}

/** A process that containerd knows. */
export class TaskProcess {
  readonly key: ProcessKey;
  readonly io: TaskIo;
  readonly attendant: Attendant;
  /** Settles with its end. */
  readonly ended: Promise<ProcessEnd>;
  /** Whether there is no process before its start. */
  readonly madeByStart: boolean;
  state: ProcessState = { kind: "created" };
  #end: (end: ProcessEnd) => void = () => undefined;

  constructor(key: ProcessKey, io: TaskIo, attendant: Attendant, madeByStart: boolean) {
    this.key = key;
    this.madeByStart = madeByStart;
    this.io = io;
    this.attendant = attendant;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Its pid on this host; 0 while there is no process. */
  get pid(): number {
    return this.isToCome ? 0 : this.attendant.pid;
  }

  /** Whether there is no process yet. */
  get isToCome(): boolean {
    return this.madeByStart && (this.state.kind === "created" || this.state.kind === "starting");
  }

  /**
   * Starts it.
   *
   * @param work does so, and calls `run`; where it fails, the process waits for another start
   * @throws TskataError `failed-precondition` where it has been started, and as the work
   */
  async start(work: () => Promise<void>): Promise<void> {
    this.require("start", "created");
    const started = this.#carryOut(work);
    this.state = { kind: "starting", over: started.catch(() => undefined) };
    await started;
  }

  /** It runs, unless it has ended by now. */
  run(): void {
    if (this.state.kind === "starting") this.state = { kind: "running" };
  }

  /** Settles when a start that is under way has worked, or failed. */
  async settled(): Promise<void> {
    if (this.state.kind === "starting") await this.state.over;
  }

  /** It has ended; the first word counts. */
  stop(end: ProcessEnd): void {
    if (this.state.kind === "stopped") return;
    this.state = { kind: "stopped", ...end };
    this.#end(end);
  }

  /**
   * @param operation for the error's text
   * @throws TskataError `failed-precondition` where it is in another state
   */
  require(operation: string, ...kinds: ProcessState["kind"][]): void {
    if (kinds.includes(this.state.kind)) return;
    const { id, execId } = this.key;
    const which = execId === "" ? id : `process ${execId} of ${id}`;
    throw new TskataError("failed-precondition", `${operation} ${which}: it is ${this.state.kind}`);
  }

  async #carryOut(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.state.kind === "starting") this.state = { kind: "created" };
      throw error;
    }
  }
}
