import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../src/common/error.js";
import { filesUnderLoad } from "./files/files-under-load.js";
import { RUNTIME_NAMES } from "./figure.js";
import { machineFacts } from "./machine-facts.js";
import { MEASUREMENTS } from "./measurements/all.js";
import { type Measured, roundsOf } from "./measurements/measurement.js";
import { type BenchOptions, benchOptions } from "./options.js";
import { report, writeResults } from "./report/output.js";
import { table } from "./report/table.js";
import { soak } from "./soak/soak.js";
import { soakSummary, summaryLine } from "./soak/soak-summary.js";
import { Workbench } from "./workbench.js";

const OUTPUT = join(process.cwd(), "build/bench");

/**
 * Measures what SPECIFICATION.md promises (docs/benchmarks.md). Leaves pictures
 * and samples in `build/bench/`. Ends with 1 where something failed, or was
 * left behind; a promise that isn't kept is marked.
 */
async function main(): Promise<void> {
  const options = benchOptions(
    process.argv.slice(2),
    MEASUREMENTS.map(({ name }) => name),
  );
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  }
  const failures = await asked(options, interrupted.signal);
  for (const failure of failures) console.error(`bench: ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** @returns what failed */
function asked(options: BenchOptions, signal: AbortSignal): Promise<string[]> {
  if (options.soak !== undefined) return soakAll(options.soak, signal);
  if (options.files !== undefined) return loadFiles(options.files, signal);
  return measureAll(options, signal);
}

/** @returns what failed */
async function measureAll({ rounds, only }: BenchOptions, signal: AbortSignal): Promise<string[]> {
  const facts = machineFacts();
  console.log(facts.join("\n"));
  const chosen = MEASUREMENTS.filter(({ name }) => only.length === 0 || only.includes(name));
  const bench = await Workbench.open(process.cwd(), RUNTIME_NAMES, (text) => console.log(text));
  const measured: Measured[] = [];
  const failures: string[] = [];
  try {
    for (const measurement of chosen) {
      if (signal.aborted) break;
      console.error(`measuring: ${measurement.name}`);
      try {
        measured.push(await measurement.measure({ bench, rounds: roundsOf(rounds), signal }));
      } catch (error) {
        failures.push(`${measurement.name}: ${messageOf(error)}`);
      }
    }
  } finally {
    await bench.close();
  }
  console.log(`\n${report(measured, rounds)}`);
  writeResults(OUTPUT, facts, measured);
  console.log(`\nsee also the pictures and results.json in ${OUTPUT}`);
  return failures;
}

/** @returns what was left behind */
async function soakAll(rounds: number, signal: AbortSignal): Promise<string[]> {
  const facts = machineFacts();
  console.log(facts.join("\n"));
  const bench = await Workbench.open(process.cwd(), ["tskata"], (text) => console.log(text));
  try {
    const [runtime] = bench.tskatas(["tskata"]);
    if (runtime === undefined) throw new Error("there is no tskata to soak");
    const { durationsMs, remains } = await soak(bench, runtime, rounds, signal, (text) => console.log(text));
    const summary = soakSummary(durationsMs);
    console.log(summaryLine(summary));
    console.log(remains.length === 0 ? "nothing is left" : `left behind:\n${remains.join("\n")}`);
    mkdirSync(OUTPUT, { recursive: true });
    const results = { facts, summary, remains, durationsMs };
    writeFileSync(join(OUTPUT, "soak.json"), `${JSON.stringify(results, undefined, 2)}\n`);
    return remains.length === 0 ? [] : [`after ${durationsMs.length} rounds, ${remains.length} things are left`];
  } finally {
    await bench.close();
  }
}

/** @returns what is wrong with the files */
async function loadFiles(count: number, signal: AbortSignal): Promise<string[]> {
  const facts = machineFacts();
  console.log(facts.join("\n"));
  const { rows, notes, failures } = await filesUnderLoad(count, signal, (text) => console.error(text));
  console.log(`\n${table(rows)}\n\n${notes.join("\n")}`);
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(join(OUTPUT, "files.json"), `${JSON.stringify({ facts, rows, notes, failures }, undefined, 2)}\n`);
  return failures;
}

main().catch((error: unknown) => {
  console.error(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
});
