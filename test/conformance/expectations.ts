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

/** By the suite's name, or by the runtime's. */
export type Expectations = Readonly<Record<string, SuiteExpectation>>;

/** The checked-in file of the suites that call a runtime. */
export const SUITES_FILE = "test/conformance/expected.json";

/**
 * Reads expectations.
 *
 * @param file path from the project's root
 */
export function readExpectations(file: string): Expectations {
  return JSON.parse(readFileSync(pathOf(file), "utf8")) as Expectations;
}

/** How many cases were run, must pass and did. */
export function keptPasses(expectation: SuiteExpectation | undefined, results: readonly CaseResult[]): number {
  const must = new Set(expectation?.pass);
  return results.filter((result) => result.outcome === "pass" && must.has(caseId(result))).length;
}

/** Cases that were run, must pass and didn't. */
export function regressions(expectation: SuiteExpectation | undefined, results: readonly CaseResult[]): string[] {
  const must = new Set(expectation?.pass);
  return results.filter((result) => result.outcome !== "pass" && must.has(caseId(result))).map(caseId);
}

/** Cases that must pass, and of which a whole run says nothing. */
export function missing(expectation: SuiteExpectation | undefined, results: readonly CaseResult[]): string[] {
  const seen = new Set(results.map(caseId));
  return expectation?.pass.filter((id) => !seen.has(id)) ?? [];
}

/** Why a case can't pass, where that is known. */
export function reasonFor(expectation: SuiteExpectation | undefined, id: string): string | undefined {
  return expectation?.never[id] ?? expectation?.never[id.split("::")[0] ?? ""];
}

/** Takes what passed in the files that were run as what must pass from now on. */
export function recordPasses(file: string, suite: string, results: readonly CaseResult[]): void {
  const all = readExpectations(file);
  const { pass = [], never = {} } = all[suite] ?? {};
  const files = new Set(results.map(({ file }) => file));
  const others = pass.filter((id) => !files.has(id.split("::")[0] ?? ""));
  const passed = results.filter(({ outcome }) => outcome === "pass").map(caseId);
  const next = { ...all, [suite]: { pass: [...others, ...passed].toSorted(), never } };
  writeFileSync(pathOf(file), `${JSON.stringify(next, undefined, 2)}\n`);
}

function pathOf(file: string): string {
  return join(repositoryRoot(import.meta.url), file);
}
