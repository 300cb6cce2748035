/**
 * Undo steps of a creation that may fail half-way, run last step first.
 *
 * ```ts
 * const undo = new CleanupStack();
 * try {
 *   undo.defer("remove the directory", () => rm(dir));
 *   ...
 * } catch (error) {
 *   throw await undo.unwind(error);
 * }
 * ```
 */
export class CleanupStack {
  readonly #steps: { what: string; run: () => void | Promise<void> }[] = [];

  /** Adds an undo step. `what` names it where it fails. */
  defer(what: string, run: () => void | Promise<void>): void {
    this.#steps.push({ what, run });
  }

  /** Forgets every step: the creation succeeded. */
  release(): void {
    this.#steps.length = 0;
  }

  /**
   * Runs every step, newest first, each even where another failed.
   *
   * @returns the failures, named by their step; empty when all went well
   */
  async run(): Promise<Error[]> {
    const failures: Error[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.run();
      } catch (cause) {
        failures.push(new Error(`clean up: ${step.what}`, { cause }));
      }
    }
    return failures;
  }

  /**
   * Unwinds after `error` and returns what is to be thrown: the error itself,
   * or, where steps failed too, an AggregateError that has it first.
   */
  async unwind(error: unknown): Promise<unknown> {
    const failures = await this.run();
    if (failures.length === 0) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new AggregateError([error, ...failures], message, { cause: error });
  }
}
