import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { messageOf } from "../src/common/error.js";
import { DEFAULT_TIERS, TIERS } from "./testing/discover.js";
import { runTests } from "./testing/run-tests.js";

const USAGE =
  "usage: run-tests [--tier unit|integration|engines|kubernetes] [--jobs N] [--strict-skips] [part of a path ...]";

/** Runs the tests: all of them, or those of a tier or with a matching path. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tier: { type: "string" },
      jobs: { type: "string" },
      "strict-skips": { type: "boolean", default: process.env["CI"] !== undefined },
    },
  });
  const chosen = values.tier === undefined ? DEFAULT_TIERS : TIERS.filter((tier) => values.tier === tier);
  const jobs = values.jobs === undefined ? Math.min(4, availableParallelism()) : Number(values.jobs);
  if (chosen.length === 0 || !Number.isInteger(jobs) || jobs < 1) throw new Error(USAGE);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const options = { tiers: chosen, filters: positionals, jobs, strictSkips: values["strict-skips"] };
  const totals = await runTests(process.cwd(), options, (text) => console.log(text), interrupted.signal);
  if (totals.failed > 0 || totals.passed === 0 || interrupted.signal.aborted) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 2;
});
