import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileResult } from "./run-test-file.js";

/** A skip that is in order, as `test/expected-skips.json` lists it. */
export interface ExpectedSkip {
  /** Test file, from the project's root. */
  readonly file: string;
  /** Name of the test; absent for all of the file. */
  readonly test?: string;
  /** Why it can't run everywhere. */
  readonly reason: string;
}

/** Reads `test/expected-skips.json`. */
export function readExpectedSkips(root: string): ExpectedSkip[] {
  return JSON.parse(readFileSync(join(root, "test/expected-skips.json"), "utf8")) as ExpectedSkip[];
}

/** Turns the skips of a file that are not expected into failures. */
export function refuseUnexpectedSkips(result: FileResult, expected: readonly ExpectedSkip[]): FileResult {
  const isExpected = (name: string): boolean =>
    expected.some((skip) => skip.file === result.file.path && (skip.test === undefined || skip.test === name));
  const refused = result.skipped.filter(({ name }) => !isExpected(name));
  return {
    ...result,
    skipped: result.skipped.filter(({ name }) => isExpected(name)),
    failed: [
      ...result.failed,
      ...refused.map(({ name, detail }) => ({
        name,
        detail: `skipped (${String(detail)}), but not named in test/expected-skips.json`,
      })),
    ],
  };
}
