import { atMost, type Row, type Samples } from "../figure.js";
import { allocatedBytes } from "../memory/allocated-bytes.js";
import { growContainers } from "../memory/memory-growth.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import { slope } from "../statistics.js";
import type { BenchContext, Measured, Measurement } from "./measurement.js";

const MIB = 1024 * 1024;
const CONTAINERS = 6;

/**
 * Host memory of one more idle container, all its processes, where others run
 * already; and that of the template, which is there once. For tskata by both
 * ways of sharing files as well: over virtiofs a clone has a copy of the
 * template's memory, over 9p it maps it privately.
 */
export const memory: Measurement = {
  name: "memory",
  measure: measureMemory,
};

async function measureMemory(context: BenchContext): Promise<Measured> {
  const { bench } = context;
  // Before there are others beside it.
  const templates = bench.tskatas(["tskata"]).map(({ templateDirectory }) => allocatedBytes(templateDirectory) / MIB);
  const samples: Samples = {};
  const row = (name: string, of: Samples, limits: Row["limits"] = {}): Row => ({
    name,
    unit: "MiB",
    samples: of,
    limits,
  });
  for (const runtime of bench.runtimes(["tskata", "tskata cold", "runc", "crun", "runsc"])) {
    samples[runtime.name] = [await ofOneMore(context, runtime)];
  }
  const backends: Row[] = [];
  for (const [backend, kind] of [
    ["virtiofs", "copied"],
    ["9p", "mapped"],
  ] as const) {
    const runtime = bench.withBackend(backend);
    backends.push(row(`memory ${kind} (${backend})`, { tskata: [await ofOneMore(context, runtime)] }));
  }
  return {
    rows: [row("memory", samples, { tskata: atMost(75, 55) }), ...backends, row("template", { tskata: templates })],
  };
}

/** MiB: the slope over the number of containers, from the second on. */
async function ofOneMore({ bench, signal }: BenchContext, runtime: BenchRuntime): Promise<number> {
  const growth = await growContainers(bench, runtime, CONTAINERS, signal, (containers) => containers > 1);
  return slope(
    growth.flatMap(({ containers: x, memoryBytes }) =>
      memoryBytes === undefined ? [] : [{ x, y: memoryBytes / MIB }],
    ),
  );
}
