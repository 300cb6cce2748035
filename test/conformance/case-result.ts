/** How a case ended. */
export type Outcome = "pass" | "fail" | "skip";

/** One case of a suite, run against one runtime. */
export interface CaseResult {
  /** Of the suite: a file of tests, or a program. */
  readonly file: string;
  readonly name: string;
  readonly outcome: Outcome;
}

/** Identifies a case within its suite. */
export function caseId({ file, name }: Pick<CaseResult, "file" | "name">): string {
  return file === name ? file : `${file}::${name}`;
}

/** How many cases ended how. */
export type Counts = Readonly<Record<Outcome, number>>;

/** Counts results by their outcome. */
export function countOutcomes(results: readonly CaseResult[]): Counts {
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length;
  return { pass: count("pass"), fail: count("fail"), skip: count("skip") };
}
