import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../../scripts/artifacts/repository-root.js";

/** Of the cases that must pass: how many did, and how many didn't; and how much wasn't run. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Writes totals where CI looks for them, in `build/test-results`, as `NAME.json`. */
export function writeTotals(name: string, totals: Totals): void {
  const path = join(repositoryRoot(import.meta.url), "build/test-results", `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(totals)}\n`);
}
