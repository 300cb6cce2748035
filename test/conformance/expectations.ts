import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";
import { caseId, type CaseResult } from "./case-result.js";

/** What is expected of tskata in one suite. */
export interface SuiteExpectation {
  /** Cases that must pass, by `caseId`, sorted. */
  readonly pass: readonly string[];
  /** Cases that can't pass, and why; a case may be the name of a file. */
  readonly never: Readonly<Record<string, string>>;
}

/** By the suite's name. */
export type Expectations = Readonly<Record<string, SuiteExpectation>>;

/** The checked-in file. */
export function expectationsPath(): string {
  return join(repositoryRoot(import.meta.url), "test/conformance/expected.json");
}

/** Reads it. */
export function readExpectations(): Expectations {
  return JSON.parse(readFileSync(expectationsPath(), "utf8")) as Expectations;
}

/** Cases that were run, must pass and didn't. */
export function regressions(expectation: SuiteExpectation | undefined, results: readonly CaseResult[]): string[] {
  const must = new Set(expectation?.pass);
  return results.filter((result) => result.outcome !== "pass" && must.has(caseId(result))).map(caseId);
}

/** Takes what passed in the files that were run as what must pass from now on. */
export function recordPasses(suite: string, results: readonly CaseResult[]): void {
  const all = readExpectations();
  const { pass = [], never = {} } = all[suite] ?? {};
  const files = new Set(results.map(({ file }) => file));
  const others = pass.filter((id) => !files.has(id.split("::")[0] ?? ""));
  const passed = results.filter(({ outcome }) => outcome === "pass").map(caseId);
  const next = { ...all, [suite]: { pass: [...others, ...passed].toSorted(), never } };
  writeFileSync(expectationsPath(), `${JSON.stringify(next, undefined, 2)}\n`);
}
