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

/**
 * Runs critest against containerd with a runtime.
 *
 * @param focus only cases that this regular expression of Go's matches; all where absent
 * @throws Error where critest ran no case
 */
export async function runCritest(
  tested: TestedRuntime,
  focus: string | undefined,
  options: WorldOptions,
): Promise<CritestRun> {
  const report = join(options.directory, "report.json");
  const endpoint = endpointOf(options.directory);
  const command = [
    ...["critest", "--runtime-endpoint", endpoint, "--image-endpoint", endpoint],
    ...["--ginkgo.no-color", "--ginkgo.seed", SEED, "--ginkgo.json-report", report],
    ...(focus === undefined ? [] : ["--ginkgo.focus", focus]),
  ];
  const startMs = performance.now();
  await runInWorld(tested, command, options);
  const seconds = (performance.now() - startMs) / 1000;
  const results = existsSync(report) ? parseGinkgoReport(readFileSync(report, "utf8")) : [];
  if (results.length === 0) throw new Error(`critest with ${tested.name} ran no case: see ${options.directory}`);
  return { results, seconds };
}
