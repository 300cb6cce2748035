import { messageOf } from "../../src/common/error.js";
import { atMost } from "../figure.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import { interleave } from "./interleave.js";
import type { Measurement } from "./measurement.js";
import { IDLE } from "./with-containers.js";

const CONTAINERS = 20;

/** Create, start and an exec of twenty containers at once, until all have answered. */
export const twentyAtOnce: Measurement = {
  name: "twenty",
  async measure({ bench, rounds, signal }) {
    const bundle = bench.bundle(IDLE);
    const samples = await interleave(bench.runtimes(), rounds.few, signal, (runtime) => allAnswered(runtime, bundle));
    const limits = { tskata: atMost(8000), "tskata pool": atMost(8000) };
    return { rows: [{ name: "20 at once", unit: "ms", samples, limits }] };
  },
};

/** Milliseconds until each has run a program for an exec; all are deleted then, one after the other. */
async function allAnswered(runtime: BenchRuntime, bundle: string): Promise<number> {
  const ids = Array.from({ length: CONTAINERS }, () => runtime.newId());
  const startMs = performance.now();
  const answers = await Promise.allSettled(
    ids.map(async (id) => {
      await runtime.create(bundle, id);
      await runtime.start(id);
      await runtime.exec(id, ["true"]);
    }),
  );
  const durationMs = performance.now() - startMs;
  for (const id of ids) await runtime.delete(id);
  const failed = answers.find((answer) => answer.status === "rejected");
  if (failed !== undefined) throw new Error(`${runtime.name}: ${messageOf(failed.reason)}`, { cause: failed.reason });
  return durationMs;
}
