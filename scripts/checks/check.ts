/** What a check found. */
export interface CheckResult {
  readonly ok: boolean;
  /** One short line when all is well, the findings otherwise. */
  readonly text: string;
}

/** A check of the sources, which changes nothing. */
export interface Check {
  readonly name: string;
  /** @param root the project's root */
  run(root: string): Promise<CheckResult>;
}
