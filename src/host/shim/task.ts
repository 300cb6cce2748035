import { TskataError } from "../../common/error.js";
import type { Checkpoint } from "../runtime/launch-restored.js";
import type { TaskProcess } from "./task-process.js";

interface AnnouncedProcess {
  readonly process: TaskProcess;
  readonly specJson: string;
}

/** A container that containerd knows, with its processes. */
export class Task {
  readonly id: string;
  /** Absolute path. */
  readonly bundle: string;
  /** Where its root filesystem is mounted, where the shim has done so. */
  readonly rootfs: string | undefined;
  /** What `Start` makes its processes from, where that isn't its program. */
  readonly checkpoint: Checkpoint | undefined;
  readonly init: TaskProcess;
  isPaused = false;
  /** How many of its processes were killed because memory ran out, as far as the shim has heard. */
  oomKills = 0;
  readonly #executed = new Map<string, AnnouncedProcess>();

  constructor(
    { id, bundle, rootfs, checkpoint }: Pick<Task, "id" | "bundle" | "rootfs" | "checkpoint">,
    init: TaskProcess,
  ) {
    this.id = id;
    this.bundle = bundle;
    this.rootfs = rootfs;
    this.checkpoint = checkpoint;
    this.init = init;
  }

  /**
   * @param execId empty for its first
   * @throws TskataError `not-found`
   */
  process(execId: string): TaskProcess {
    const found = execId === "" ? this.init : this.#executed.get(execId)?.process;
    if (found === undefined) throw new TskataError("not-found", `process ${execId} of ${this.id}: no such process`);
    return found;
  }

  /** Its further processes. */
  get executed(): readonly TaskProcess[] {
    return [...this.#executed.values()].map(({ process }) => process);
  }

  /**
   * Notes one more process.
   *
   * @param specJson a runtime-spec `process` object, checked
   */
  announce(process: TaskProcess, specJson: string): void {
    this.#executed.set(process.key.execId, { process, specJson });
  }

  /** What was announced of a process that waits for its start. */
  specOf(execId: string): string {
    return this.#executed.get(execId)?.specJson ?? "";
  }

  /** Drops a further process. */
  forget(execId: string): void {
    this.#executed.delete(execId);
  }
}
