import { availableBytes } from "../memory/available-bytes.js";
import { growContainers, type Growth } from "../memory/memory-growth.js";
import { sumOf } from "../memory/process-memory.js";
import type { Series } from "../pictures/chart.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import { median } from "../../src/common/report/median.js";
import type { Point } from "../statistics.js";
import type { Measurement } from "./measurement.js";

const MIB = 1024 * 1024;
/** Numbers of VMs at which is measured. */
const COUNTS = [1, 5, 10, 20, 40] as const;
/** More than a VM takes. */
const ROOM_BYTES = 256 * MIB;
/** A start's time is the median of those of the last ones. */
const LAST_STARTS = 5;

/** What one more VM costs, in start-up time and in memory, against the number of those that are there: a chart. */
export const scale: Measurement = {
  name: "scale",
  async measure({ bench, signal }) {
    const counts = COUNTS.filter((count) => count * ROOM_BYTES < availableBytes());
    const runtimes: readonly (readonly [string, BenchRuntime])[] = [
      ["clones over virtiofs", bench.withBackend("virtiofs")],
      ["clones over 9p", bench.withBackend("9p")],
      ...bench.runtimes(["tskata cold"]).map((runtime) => ["cold", runtime] as const),
    ];
    const starts: Series[] = [];
    const memories: Series[] = [];
    for (const [name, runtime] of runtimes) {
      // A template is made by the first.
      await runtime.run(bench.bundle(["true"]));
      const isMeasured = (count: number): boolean => counts.some((wanted) => wanted === count);
      const growth = await growContainers(bench, runtime, Math.max(0, ...counts), signal, isMeasured);
      starts.push({ name, points: startPoints(growth) });
      memories.push({ name, points: memoryPoints(growth) });
    }
    const xName = "VMs that run";
    const charts = [
      { title: "Create and start of one more", xName, unit: "ms", series: starts },
      { title: "Host memory of one more", xName, unit: "MiB", series: memories },
    ];
    return { rows: [], charts: [{ name: "scale", title: "What one more VM costs", charts }] };
  },
};

/** At each number that memory was measured at: milliseconds of the last starts. */
export function startPoints(growth: readonly Growth[]): Point[] {
  return growth.flatMap(({ containers, memory }) => {
    if (memory === undefined) return [];
    const last = growth.slice(Math.max(0, containers - LAST_STARTS), containers);
    return [{ x: containers, y: median(last.map(({ startMs }) => startMs)) }];
  });
}

/**
 * At each number that memory was measured at: MiB by which each container
 * since the number before it added to the memory of all. The first one has what
 * all share as well.
 */
export function memoryPoints(growth: readonly Growth[]): Point[] {
  let before = { containers: 0, bytes: 0 };
  return growth.flatMap(({ containers, memory }) => {
    if (memory === undefined) return [];
    const bytes = sumOf(memory);
    const y = (bytes - before.bytes) / MIB / (containers - before.containers);
    before = { containers, bytes };
    return [{ x: containers, y }];
  });
}
