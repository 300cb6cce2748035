import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseGinkgoReport, type SpecResult } from "./ginkgo-report.js";
import { endpointOf, runInWorld, type WorldOptions } from "./run-in-world.js";
import type { TestedRuntime } from "./tested-runtime.js";

/** critest puts its cases in another order each time, unless told what to draw it with. */
const SEED = "1";

/** What a run came to. */
export interface CritestRun {
  readonly results: readonly SpecResult[];
  readonly seconds: number;
}

/** Which cases are run. */
export interface CaseChoice {
  /** Only those that this regular expression of Go's matches; all where absent. */
  readonly focus?: string | undefined;
  /** And none of these, by `caseId`, or by the name of a file. */
  readonly leftOut: readonly string[];
}

/**
 * Runs critest against containerd with a runtime.
 *
 * @throws Error where critest ran no case
 */
export async function runCritest(
  tested: TestedRuntime,
  { focus, leftOut }: CaseChoice,
  options: WorldOptions,
): Promise<CritestRun> {
  const report = join(options.directory, "report.json");
  const endpoint = endpointOf(options.directory);
  const command = [
    ...["critest", "--runtime-endpoint", endpoint, "--image-endpoint", endpoint],
    ...["--ginkgo.no-color", "--ginkgo.seed", SEED, "--ginkgo.json-report", report],
    ...(focus === undefined ? [] : ["--ginkgo.focus", focus]),
    ...leftOut.flatMap((id) => ["--ginkgo.skip", patternOf(id)]),
  ];
  const startMs = performance.now();
  await runInWorld(tested, command, options);
  const seconds = (performance.now() - startMs) / 1000;
  const results = existsSync(report) ? parseGinkgoReport(readFileSync(report, "utf8")) : [];
  if (results.length === 0) throw new Error(`critest with ${tested.name} ran no case: see ${options.directory}`);
  return { results, seconds };
}

/** A regular expression of Go's for the text of a case, which its containers' texts begin. */
export function patternOf(id: string): string {
  const text = id.replace("::", " ").replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return id.includes("::") ? `${text}$` : text;
}
