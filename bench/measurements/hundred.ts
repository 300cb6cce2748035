import { atMost } from "../figure.js";
import { interleave } from "./interleave.js";
import type { Measurement } from "./measurement.js";

const RUNS = 100;

/**
 * The test of crun's README: `run` of true a hundred times, one after the
 * other. A pool refills meanwhile. Cold it would take minutes.
 */
export const hundred: Measurement = {
  name: "hundred",
  async measure({ bench, signal }) {
    const bundle = bench.bundle(["true"]);
    const runtimes = bench.runtimes(["tskata", "tskata pool", "runc", "crun", "runsc"]);
    const samples = await interleave(runtimes, 1, signal, async (runtime) => {
      const startMs = performance.now();
      for (let count = 0; count < RUNS; count += 1) {
        signal.throwIfAborted();
        await runtime.run(bundle);
      }
      return (performance.now() - startMs) / 1000;
    });
    const limits = { tskata: atMost(45, 30), "tskata pool": atMost(45, 20) };
    return { rows: [{ name: "100 x true", unit: "s", samples, limits }] };
  },
};
