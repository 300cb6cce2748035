import type { Stage } from "../../src/host/sandbox/timings.js";
import { medianOf, totalMs } from "../boot-stages.js";
import { observeRun } from "../observe-run.js";
import type { Measurement, Waterfall } from "./measurement.js";

/** How the time of a `run` splits, from the command's start to its end: a picture of the median one. */
export const split: Measurement = {
  name: "split",
  async measure({ bench, rounds, signal }) {
    // One byte, since the process is seen by what it says.
    const bundle = bench.bundle(["echo"]);
    const waterfalls: Waterfall[] = [];
    for (const runtime of bench.tskatas(["tskata", "tskata pool", "tskata cold"])) {
      const runs: Stage[][] = [];
      for (let round = 0; round < rounds.few; round += 1) {
        signal.throwIfAborted();
        runs.push(await observeRun(runtime, bundle));
      }
      const name = `run-${runtime.name.replaceAll(" ", "-")}`;
      waterfalls.push({ name, title: `A run, ${runtime.name}`, stages: medianOf(runs, totalMs) });
    }
    return { rows: [], waterfalls };
  },
};
