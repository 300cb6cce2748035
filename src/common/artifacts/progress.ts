/** How far a build is. */
export interface Progress {
  /** What is being done, for people: `compile the guest kernel`. */
  stage: string;
  /** Share of the stage that is done, 0 to 1. */
  fraction: number;
  /** Milliseconds that the rest of the stage will take, where that can be estimated. */
  etaMs?: number;
  /** A detail worth a line of its own. */
  line?: string;
}

/** Is told how far a build is. Called often; must not throw. */
export type ReportProgress = (progress: Progress) => void;

/** How much of a stage has to be done before its pace says anything about the rest. */
const MIN_FRACTION_FOR_ESTIMATE = 0.02;

/**
 * Counts steps against an expected number of them and reports the fraction
 * with an estimate that follows the pace so far. The fraction stays below 1
 * until {@link StepCounter.finish}, however wrong the expectation was.
 */
export class StepCounter {
  readonly #stage: string;
  readonly #expected: number;
  readonly #report: ReportProgress;
  readonly #now: () => number;
  readonly #startMs: number;
  #count = 0;

  /**
   * @param stage name of the stage
   * @param expected number of steps, at least 1
   * @param now clock in milliseconds
   */
  constructor(stage: string, expected: number, report: ReportProgress, now: () => number = () => performance.now()) {
    this.#stage = stage;
    this.#expected = Math.max(1, expected);
    this.#report = report;
    this.#now = now;
    this.#startMs = now();
    report({ stage, fraction: 0 });
  }

  /** One step is done. */
  step(): void {
    this.#count += 1;
    const fraction = Math.min(0.99, this.#count / this.#expected);
    const elapsedMs = this.#now() - this.#startMs;
    this.#report({
      stage: this.#stage,
      fraction,
      ...(fraction >= MIN_FRACTION_FOR_ESTIMATE && { etaMs: (elapsedMs * (1 - fraction)) / fraction }),
    });
  }

  /** The stage is over. */
  finish(): void {
    this.#report({ stage: this.#stage, fraction: 1 });
  }
}
