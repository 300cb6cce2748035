import type { CaseResult } from "./case-result.js";

/** Where a suite's files run. */
export interface SuiteRun {
  /** Absolute path of the runtime. */
  readonly runtime: string;
  /** For logs and scratch; exists. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** A suite whose programs are there. */
export interface ReadySuite {
  /** Its files of tests, or its programs. */
  readonly files: readonly string[];
  /** Whether they stand in each other's way, with cgroups of one name for one. */
  readonly oneAtATime: boolean;
  /** Runs one of them. */
  run(file: string, run: SuiteRun): Promise<CaseResult[]>;
}

/** A public suite that takes any runtime. */
export interface Suite {
  readonly name: string;
  /** Finds, or installs, its programs; a text says what is missing. */
  prepare(): Promise<ReadySuite | string>;
}
