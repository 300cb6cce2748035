import { caseId, countOutcomes } from "../case-result.js";
import { reasonFor, type SuiteExpectation } from "../expectations.js";
import type { CritestRun } from "./run-critest.js";

/** Runs by the name of the runtime. */
export type CritestRuns = ReadonlyMap<string, CritestRun>;

/** The runtime that others are compared with. */
const REFERENCE = "runc";

/** A line for each runtime, below a head: how many cases were run, passed, failed, left themselves out, and seconds. */
export function runsTable(runs: CritestRuns): string {
  const rows = [...runs].map(([name, { results, seconds }]) => {
    const { pass, fail, skip } = countOutcomes(results);
    return [name, pass + fail, pass, fail, skip, Math.round(seconds)].map(String);
  });
  const table = [["runtime", "run", "passed", "failed", "skipped", "seconds"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((row) => row.join("  "))
    .join("\n");
}

/** A line for each case that failed with a runtime: whether runc passes it, where that was run, and why it can't pass. */
export function failureLines(name: string, runs: CritestRuns, expectation: SuiteExpectation | undefined): string[] {
  const reference = new Map(runs.get(REFERENCE)?.results.map((result) => [caseId(result), result.outcome]));
  const failed = runs.get(name)?.results.filter(({ outcome }) => outcome === "fail") ?? [];
  return failed.map(caseId).map((id) => {
    const peer = name === REFERENCE ? undefined : reference.get(id);
    const remarks = [
      ...(peer === undefined ? [] : [peer === "pass" ? `${REFERENCE} passes it` : `not by ${REFERENCE} either`]),
      ...[reasonFor(expectation, id)].filter((reason) => reason !== undefined),
    ];
    return `failed: ${id}${remarks.length === 0 ? "" : ` (${remarks.join("; ")})`}`;
  });
}
