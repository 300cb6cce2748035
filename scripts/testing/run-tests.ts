import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discoverTests, type TestFile, type Tier, TIERS } from "./discover.js";
import { readExpectedSkips, refuseUnexpectedSkips } from "./expected-skips.js";
import { closingLine, fileReport, totalsOf, type Totals } from "./report.js";
import { runTestFile, type FileResult } from "./run-test-file.js";

/** Which tests to run, and how. */
export interface TestRunOptions {
  readonly tiers: readonly Tier[];
  /** Only files whose path contains one of these; all where empty. */
  readonly filters: readonly string[];
  /** Files that run at the same time. */
  readonly jobs: number;
  /** A skipped test that `test/expected-skips.json` doesn't name has failed. */
  readonly strictSkips: boolean;
}

/**
 * Runs test files and reports each as it ends, one tier after the other. Leaves the sums in `build/test-results/totals.json`.
 *
 * @param root the project's root
 * @param print takes lines for people
 */
export async function runTests(
  root: string,
  options: TestRunOptions,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<Totals> {
  rmSync(join(root, "build/test-results"), { recursive: true, force: true });
  const files = chosenFiles(root, options);
  const expectedSkips = options.strictSkips ? readExpectedSkips(root) : undefined;
  const results: FileResult[] = [];
  const templates = mkdtempSync(join(tmpdir(), "tskata-templates-"));
  // VMMs run as another user, who has to pass through.
  chmodSync(templates, 0o711);
  try {
    for (const tier of TIERS) {
      const queue = files.filter((file) => file.tier === tier);
      const worker = async (): Promise<void> => {
        for (let file = queue.shift(); file !== undefined && !signal.aborted; file = queue.shift()) {
          const raw = await runTestFile(root, file, templates, signal);
          const result = expectedSkips === undefined ? raw : refuseUnexpectedSkips(raw, expectedSkips);
          results.push(result);
          print(fileReport(result));
        }
      };
      await Promise.all(Array.from({ length: options.jobs }, worker));
    }
  } finally {
    rmSync(templates, { recursive: true, force: true });
  }
  const totals = totalsOf(results);
  if (results.length > 0) writeFileSync(join(root, "build/test-results/totals.json"), `${JSON.stringify(totals)}\n`);
  print(`\n${results.length} of ${files.length} files\n${closingLine(totals)}`);
  return totals;
}

function chosenFiles(root: string, { tiers, filters }: TestRunOptions): TestFile[] {
  return discoverTests(root)
    .filter((file) => tiers.includes(file.tier))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.path.includes(filter)));
}
