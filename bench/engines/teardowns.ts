import { CleanupStack } from "../../src/common/cleanup-stack.js";

/** Stands for a test where engines are started for one: keeps what is to be done at its end. */
export class Teardowns {
  readonly #steps = new CleanupStack();

  /** What is added last is done first. */
  teardown(step: () => unknown): void {
    this.#steps.defer("stop an engine", async () => {
      await step();
    });
  }

  /** @throws Error the first that failed */
  async run(): Promise<void> {
    const [failure] = await this.#steps.run();
    if (failure !== undefined) throw failure;
  }
}
