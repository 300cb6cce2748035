import type { LabReport, TestReport } from "./lab-report.js";

/** How many tests had which outcome. */
export type Counts = Readonly<Record<TestReport["outcome"], number>>;

/** Counts some tests. */
export function countOutcomes(tests: readonly TestReport[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of tests) counts[outcome] += 1;
  return counts;
}

/** The sums of a report: `12 passed, 1 failed, 2 skipped; 1 of 2 hosts failed`. */
export function sumsText({ hosts }: LabReport): string {
  const { passed, failed, skipped } = countOutcomes(hosts.flatMap(({ rows }) => rows.flatMap(({ tests }) => tests)));
  const failedHosts = hosts.filter(({ failure }) => failure !== undefined).length;
  const hostsText = failedHosts === 0 ? "" : `; ${failedHosts} of ${hosts.length} hosts failed`;
  return `${passed} passed, ${failed} failed, ${skipped} skipped${hostsText}`;
}
