import { writeFileSync } from "node:fs";

/** A stage of a sandbox's start. */
export interface Stage {
  readonly stage: string;
  /** Milliseconds of wall-clock time since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly side: "host" | "guest";
}

/** Collects how long each stage took, for the benchmark's waterfall. */
export class Timings {
  readonly #stages: Stage[] = [];

  /** Runs a stage of the host and notes its times. */
  async stage<T>(name: string, run: () => Promise<T>): Promise<T> {
    const startMs = wallClockMs();
    try {
      return await run();
    } finally {
      this.#stages.push({ stage: name, startMs, endMs: wallClockMs(), side: "host" });
    }
  }

  /** Adds a stage that was measured elsewhere. */
  add(stage: Stage): void {
    this.#stages.push(stage);
  }

  /** Writes the stages, in order of their start, as JSON. */
  write(path: string): void {
    const ordered = this.#stages.toSorted((a, b) => a.startMs - b.startMs);
    writeFileSync(path, `${JSON.stringify(ordered, undefined, 2)}\n`, { mode: 0o600 });
  }
}

/** Wall-clock time in milliseconds with fractions. */
export function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
