import { type FSWatcher, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { errnoName } from "../src/common/error.js";
import { type Stage, wallClockMs } from "../src/host/sandbox/timings.js";
import { type RunMark, runStages } from "./run-stages.js";
import type { TskataRuntime } from "./runtimes/tskata-runtime.js";

/**
 * Runs a container whose process says something at once, and gives what the
 * time went to: what the supervisor notes, and what is seen of its files while
 * they are there. No other container may be made meanwhile.
 */
export async function observeRun(runtime: TskataRuntime, bundle: string): Promise<Stage[]> {
  const observer = new RunObserver(runtime);
  try {
    return await observer.run(bundle);
  } finally {
    observer.close();
  }
}

class RunObserver {
  readonly #runtime: TskataRuntime;
  readonly #id: string;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #marks: Partial<Record<RunMark, number>> = {};
  #start: readonly Stage[] = [];

  constructor(runtime: TskataRuntime) {
    this.#runtime = runtime;
    this.#id = runtime.newId();
    this.#watch(runtime.runDirectory, (sandbox) => this.#onSandbox(join(runtime.runDirectory, sandbox)));
    this.#watch(runtime.stateRoot, (id) => id === this.#id && this.#onContainer(join(runtime.stateRoot, id)));
  }

  async run(bundle: string): Promise<Stage[]> {
    this.#mark("begun");
    await this.#runtime.time(["run", "--bundle", bundle, this.#id], { onOutput: () => this.#mark("spoke") });
    this.#mark("ended");
    return runStages(this.#marks, this.#start);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  #onSandbox(directory: string): void {
    this.#mark("claimed");
    this.#watch(directory, (file) => {
      if (file === "supervisor.log") this.#mark("supervisor");
      if (file === "timings.json")
        this.#start = (readJson(join(directory, file)) as Stage[] | undefined) ?? this.#start;
    });
  }

  #onContainer(directory: string): void {
    this.#watch(directory, () => {
      const status = (readJson(join(directory, "state.json")) as { status: string } | undefined)?.status;
      if (status === "created" || status === "stopped") this.#mark(status);
    });
  }

  /** Hears of each entry of a directory that is there, comes, changes or goes; a directory that is gone has none. */
  #watch(directory: string, onEntry: (name: string) => void): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = watch(directory, (_event, name) => onEntry(name ?? ""));
      watcher.on("error", () => watcher.close());
      this.#watchers.set(directory, watcher);
      for (const name of readdirSync(directory)) onEntry(name);
    } catch (error) {
      if (errnoName(error) !== "ENOENT") throw error;
    }
  }

  /** The first time counts. */
  #mark(mark: RunMark): void {
    this.#marks[mark] ??= wallClockMs();
  }
}

/** Undefined where it isn't there, or not yet whole. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoName(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
