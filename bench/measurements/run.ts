import { atMost } from "../figure.js";
import { interleave } from "./interleave.js";
import type { Measurement } from "./measurement.js";

/** `run` of true, from the command's start to its end, when nothing of the container is left. */
export const run: Measurement = {
  name: "run",
  async measure({ bench, rounds, signal }) {
    const bundle = bench.bundle(["true"]);
    const samples = await interleave(bench.runtimes(), rounds.many, signal, (runtime) => runtime.run(bundle));
    const limits = { tskata: atMost(450, 300), "tskata pool": atMost(200, 120), "tskata cold": atMost(2400) };
    return { rows: [{ name: "run", unit: "ms", samples, limits }] };
  },
};
