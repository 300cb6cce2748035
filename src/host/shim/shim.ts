import { withDeadline } from "../../common/deadline.js";
import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { awaitOomKill } from "../runtime/await-oom-kill.js";
import type { RuntimeContext } from "../runtime/context.js";
import { Attendant } from "./attendant.js";
import { ContainerPids } from "./container-pids.js";
import { exitEvent, oomEvent } from "./events.js";
import type { Invocation } from "./invocation.js";
import { ProcessIo } from "./io/process-io.js";
import type { TaskIo } from "./io/task-io.js";
import type { Pod } from "./sandbox/pod.js";
import { openShimContext } from "./shim-context.js";
import type { Publisher, ShimEvent } from "./publisher.js";
import { SupervisedVm } from "./supervised-vm.js";
import type { Task } from "./task.js";
import type { ShimOptions } from "./task-options.js";
import type { ProcessKey, TaskProcess } from "./task-process.js";

/** Longest time that the end of a container's first process waits for that of the others. */
const OTHERS_END_MS = 2000;
/** Longest time that the VM's end waits for containerd to hear of those in it. */
const PUBLISHED_MS = 5000;

/** The shim of one pod, or of one container that is in none, as the operations see it. */
export class Shim {
  readonly invocation: Invocation;
  readonly log: LogSink;
  readonly vm: SupervisedVm;
  /** By container id. */
  readonly tasks = new Map<string, Task>();
  /** By container id: those that are being made, with what settles when one has been, or has failed. */
  readonly creating = new Map<string, Promise<void>>();
  /** Present where the shim makes the sandbox of its pod itself. */
  pod: Pod | undefined;
  readonly #publisher: Publisher;
  readonly #pids = new ContainerPids();
  /** Events of ends that containerd hasn't heard of yet. */
  readonly #ends = new Set<Promise<void>>();
  #context: Promise<RuntimeContext> | undefined;

  constructor(invocation: Invocation, publisher: Publisher, log: LogSink) {
    this.invocation = invocation;
    this.log = log;
    this.vm = new SupervisedVm(log, () => this.#endsTold());
    this.#publisher = publisher;
  }

  /**
   * State directory and configuration, as the first container's options have them.
   *
   * @throws as `openContext`
   */
  async context(options?: ShimOptions): Promise<RuntimeContext> {
    this.#context ??= openShimContext(this, options);
    try {
      return await this.#context;
    } catch (error) {
      this.#context = undefined;
      throw error;
    }
  }

  /**
   * @param id of a container
   * @throws TskataError `not-found`
   */
  task(id: string): Task {
    const task = this.tasks.get(id);
    if (task === undefined) throw new TskataError("not-found", `container ${id}: no such task`);
    return task;
  }

  /**
   * Notes that a container is being made.
   *
   * @returns what is to be called when it has been, or has failed
   */
  creation(id: string): () => void {
    let settle: () => void = () => undefined;
    this.creating.set(id, new Promise((resolve) => (settle = resolve)));
    return () => {
      this.creating.delete(id);
      settle();
    };
  }

  /** Settles when no container is being made. */
  async created(): Promise<void> {
    while (this.creating.size > 0) await Promise.all(this.creating.values());
  }

  /**
   * Opens the streams of a process, and stands for it when it is made.
   *
   * @param execId empty for a container's first
   * @throws as `ProcessIo.open`
   */
  async attend({ id, execId }: ProcessKey, io: TaskIo): Promise<Attendant> {
    const opened = await ProcessIo.open(io, { id, namespace: this.invocation.namespace });
    return new Attendant(opened, io.terminal, () => this.vm.stdio, execId === "" ? this.#pids : undefined);
  }

  /** Tells containerd, in the order of the calls. */
  publish(event: ShimEvent): void {
    this.#publisher.publish(event).catch((error: unknown) => this.log.warning(messageOf(error)));
  }

  /**
   * Follows a process that was made to its end. The end of a container's first process is told after those of the others.
   */
  follow(task: Task, process: TaskProcess): void {
    const told = this.#follow(task, process);
    this.#ends.add(told);
    void told.finally(() => this.#ends.delete(told));
  }

  async #follow(task: Task, process: TaskProcess): Promise<void> {
    const memoryWatched = process === task.init ? this.#watchMemory(task) : undefined;
    // Whoever is told of the container's end isn't kept from it.
    memoryWatched?.catch((error: unknown) => this.log.warning(messageOf(error)));
    const status = await process.attendant.exited();
    const at = new Date();
    // Its start is told first.
    await process.settled();
    if (process === task.init) {
      await withDeadline("hear of its memory", OTHERS_END_MS, async () => memoryWatched).catch(() => undefined);
      const others = task.executed.filter(({ state }) => state.kind === "running");
      await withDeadline("wait for the others", OTHERS_END_MS, () =>
        Promise.all(others.map(({ ended }) => ended)),
      ).catch(() => undefined);
    }
    process.stop({ status, at });
    await this.#publisher.publish(exitEvent(process, { status, at }));
  }

  /** Tells of each time that memory ran out in a container, up to its end. */
  async #watchMemory(task: Task): Promise<void> {
    const context = await this.context();
    try {
      for (;;) {
        const oomKills = await awaitOomKill(context, task.id, task.oomKills);
        if (oomKills <= task.oomKills) return;
        task.oomKills = oomKills;
        this.publish(oomEvent(task.id));
      }
    } catch (error) {
      // With its VM goes whoever could tell.
      if (!(error instanceof TskataError)) throw error;
    }
  }

  async #endsTold(): Promise<void> {
    await withDeadline("tell containerd", PUBLISHED_MS, () => Promise.all(this.#ends)).catch(() => undefined);
  }
}
