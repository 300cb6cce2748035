import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type CaseResult, countOutcomes } from "./case-result.js";
import type { ReadySuite } from "./suite.js";

/** How a suite is run. */
export interface SuiteOptions {
  /** Name in the first column, and absolute path. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** Files that run at the same time. */
  readonly jobs: number;
  /** For logs and scratch. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** By the name of the runtime. */
export type SuiteResults = Map<string, CaseResult[]>;

/**
 * Runs files of a suite against each runtime, and tells the counts of a file
 * as soon as all runtimes are through with it.
 */
export async function runSuite(
  suite: ReadySuite,
  files: readonly string[],
  options: SuiteOptions,
  print: (line: string) => void,
): Promise<SuiteResults> {
  const names = Object.keys(options.runtimes);
  const results: SuiteResults = new Map(names.map((name) => [name, []]));
  const width = Math.max(...files.map((file) => file.length));
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !options.signal.aborted; file = queue.shift()) {
      const cells: string[] = [];
      for (const [name, runtime] of Object.entries(options.runtimes)) {
        const directory = join(options.directory, name);
        mkdirSync(directory, { recursive: true });
        const cases = await suite.run(file, { runtime, directory, signal: options.signal });
        results.get(name)?.push(...cases);
        cells.push(`${name} ${countsText(cases)}`);
      }
      print(`${file.padEnd(width)}  ${cells.join("   ")}`);
    }
  };
  await Promise.all(Array.from({ length: suite.oneAtATime ? 1 : options.jobs }, worker));
  return results;
}

/** Such as `7 passed, 0 failed, 1 skipped`. */
export function countsText(results: readonly CaseResult[]): string {
  const { pass, fail, skip } = countOutcomes(results);
  return `${pass} passed, ${fail} failed, ${skip} skipped`;
}
