import type { OperationName } from "./operation.js";
import type { PlanStage } from "./plan.js";

/** Facts of a failure that the launcher reported. */
export interface LauncherFailure {
  /** The list that the failed operation stands in. */
  readonly stage: PlanStage;
  /** Index of the operation in its list. */
  readonly index: number;
  /** Which operation it was; undefined for a step between the lists. */
  readonly operation: OperationName | undefined;
  /** Name of the errno, e.g. `ENOENT`. */
  readonly errno: string;
  /** The path, program or kernel message that it was about; may be empty. */
  readonly detail: string;
}

/** An operation of a plan failed. */
export class LauncherError extends Error {
  override readonly name = "LauncherError";
  readonly failure: LauncherFailure;

  /** @param failure what the launcher reported */
  constructor(failure: LauncherFailure) {
    const where = failure.operation ?? failure.stage;
    super(`${where}${failure.detail === "" ? "" : ` ${failure.detail}`}: ${failure.errno}`);
    this.failure = failure;
  }
}
