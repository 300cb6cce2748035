import { spawnLauncher, type LauncherChild, type SpawnLauncher } from "./launcher-child.js";

/** How long after a launcher was taken its process has what it needs, in milliseconds. */
const SETTLED_MS = 250;

/**
 * Keeps one launcher started that has no plan yet: to start one costs 10 ms under TCG. It
 * is for a process with pipes and nothing else; every other launcher is started when it is wanted.
 */
export class SpareLauncher {
  readonly #start: SpawnLauncher;
  #spare: LauncherChild | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param start starts launchers; the guest's where absent */
  constructor(start: SpawnLauncher = spawnLauncher) {
    this.#start = start;
  }

  /** Takes the spare one where it will do. The next is started a while later, when its process runs. */
  readonly spawn: SpawnLauncher = (kind, notifies = false, preservedFds = []) => {
    if (kind !== "pipes" || notifies || preservedFds.length > 0) return this.#start(kind, notifies, preservedFds);
    const launcher = this.#spare ?? this.#start(kind);
    this.#spare = undefined;
    this.#timer ??= setTimeout(() => this.prepare(), SETTLED_MS);
    return launcher;
  };

  /** Starts the next one, unless there is one. */
  prepare(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#spare !== undefined) return;
    const spare = this.#start("pipes");
    const drop = (): void => {
      if (this.#spare === spare) this.#spare = undefined;
    };
    spare.ended.then(drop, drop);
    this.#spare = spare;
  }
}
