import { atMost, type Row, type Samples } from "../figure.js";
import { TemplateStore, templateBytes } from "../../src/host/template/template-store.js";
import { growContainers, type Growth } from "../memory/memory-growth.js";
import { digits } from "../../src/common/report/digits.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import { slope } from "../statistics.js";
import type { BenchContext, Measured, Measurement } from "./measurement.js";

const MIB = 1024 * 1024;
const CONTAINERS = 6;
const BACKENDS = ["virtiofs", "9p"] as const;

/**
 * Host memory of one more idle container, all its processes, where others run
 * already; and that of the template, which is there once. For tskata by both
 * ways of sharing files as well.
 */
export const memory: Measurement = {
  name: "memory",
  measure: measureMemory,
};

async function measureMemory(context: BenchContext): Promise<Measured> {
  const { bench } = context;
  // Before there are others beside it.
  const templates = bench
    .tskatas(["tskata"])
    .flatMap(({ templateDirectory }) => new TemplateStore(templateDirectory).list())
    .map((template) => templateBytes(template) / MIB);
  const samples: Samples = {};
  const notes: string[] = [];
  const measure = async (name: string, runtime: BenchRuntime): Promise<number[]> => {
    const growth = await growContainers(bench, runtime, CONTAINERS, context.signal, (containers) => containers > 1);
    const parts = [...ofOneMore(growth)].toSorted(([, a], [, b]) => b - a);
    notes.push(`${name}: ${parts.map(([part, mib]) => `${part} ${digits(mib)}`).join(", ")}`);
    return [parts.reduce((sum, [, mib]) => sum + mib, 0)];
  };
  for (const runtime of bench.runtimes(["tskata", "tskata cold", "runc", "crun", "runsc"])) {
    samples[runtime.name] = await measure(`memory, ${runtime.name}`, runtime);
  }
  const backends: Row[] = [];
  for (const backend of BACKENDS) {
    const name = `memory ${backend}`;
    backends.push(row(name, { tskata: await measure(name, bench.withBackend(backend)) }));
  }
  return {
    rows: [row("memory", samples, { tskata: atMost(75, 55) }), ...backends, row("template", { tskata: templates })],
    notes: [`Memory of one more container by program, in MiB:\n${notes.join("\n")}`],
  };
}

function row(name: string, samples: Samples, limits: Row["limits"] = {}): Row {
  return { name, unit: "MiB", samples, limits };
}

/** MiB of each program, and of guests: the slopes over the number of containers, where memory was looked at. */
export function ofOneMore(growth: readonly Growth[]): Map<string, number> {
  const looks = growth.flatMap(({ containers: x, memory }) => (memory === undefined ? [] : [{ x, memory }]));
  const programs = new Set(looks.flatMap(({ memory }) => [...memory.keys()]));
  return new Map(
    [...programs].map((program) => [
      program,
      slope(looks.map(({ x, memory }) => ({ x, y: (memory.get(program) ?? 0) / MIB }))),
    ]),
  );
}
