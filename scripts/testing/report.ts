import { detailText } from "../../src/common/report/detail-text.js";
import type { FileResult } from "./run-test-file.js";

/** Sums over all test files. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Adds up the results of the files. */
export function totalsOf(results: readonly FileResult[]): Totals {
  const sum = (count: (result: FileResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    passed: sum((result) => result.passed),
    failed: sum((result) => result.failed.length),
    skipped: sum((result) => result.skipped.length),
  };
}

/** One line per file, followed by what failed in it. */
export function fileReport(result: FileResult): string {
  const { file, passed, failed, skipped, durationMs, stderr } = result;
  const counts = [`${passed} passed`];
  if (failed.length > 0) counts.push(`${failed.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const verdict = failed.length === 0 ? "ok    " : "FAILED";
  const lines = [`${verdict} ${file.path}: ${counts.join(", ")} (${(durationMs / 1000).toFixed(1)} s)`];
  for (const { name, detail } of failed) lines.push(`    ${name}`, indent(detailText(detail) ?? "no details", 8));
  if (failed.length > 0 && stderr.trim() !== "") lines.push("    standard error:", indent(stderr.trimEnd(), 8));
  return lines.join("\n");
}

/** The closing line, which CI reads: `12 passed, 0 failed, 1 skipped`. */
export function closingLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function indent(text: string, columns: number): string {
  return text.replaceAll(/^/gm, " ".repeat(columns));
}
