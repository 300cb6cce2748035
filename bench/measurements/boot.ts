import { atMost, type RuntimeName } from "../figure.js";
import type { Stage } from "../../src/host/sandbox/timings.js";
import { bootMs, medianOf } from "../boot-stages.js";
import { interleave } from "./interleave.js";
import type { Measurement } from "./measurement.js";

const TITLES: Partial<Record<RuntimeName, string>> = { tskata: "clone", "tskata cold": "boot" };

/** From the first thing that is done for a VM to its agent's first answer: cloned from a template, and booted. */
export const boot: Measurement = {
  name: "boot",
  async measure({ bench, rounds, signal }) {
    const bundle = bench.bundle(["true"]);
    const runtimes = bench.tskatas(["tskata", "tskata cold"]);
    const boots = new Map<RuntimeName, Stage[][]>(runtimes.map(({ name }) => [name, []]));
    const samples = await interleave(runtimes, rounds.few, signal, async (runtime) => {
      const id = runtime.newId();
      try {
        await runtime.create(bundle, id);
        const stages = runtime.stages();
        boots.get(runtime.name)?.push(stages);
        return bootMs(stages);
      } finally {
        await runtime.delete(id);
      }
    });
    const { tskata = [], "tskata cold": cold = [] } = samples;
    const waterfalls = runtimes.map(({ name }) => ({
      name: TITLES[name] ?? name,
      title: `${TITLES[name]} of a VM, and what follows in it`,
      stages: medianOf(boots.get(name) ?? [], bootMs),
    }));
    return {
      rows: [
        {
          name: "cold boot",
          unit: "ms",
          samples: { "tskata cold": cold },
          limits: { "tskata cold": atMost(1600, 1200) },
        },
        { name: "clone", unit: "ms", samples: { tskata }, limits: {} },
      ],
      waterfalls,
    };
  },
};
