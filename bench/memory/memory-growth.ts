import { IDLE } from "../measurements/with-containers.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import type { Workbench } from "../workbench.js";
import { markedProcesses } from "./marked-processes.js";
import { memoryParts } from "./process-memory.js";

/** What it was like to start one more idle container. */
export interface Growth {
  /** How many there are now. */
  readonly containers: number;
  /** Milliseconds of its create and start. */
  readonly startMs: number;
  /** Bytes that all of them take now, by program, where that was looked at. */
  readonly memory?: ReadonlyMap<string, number>;
}

/**
 * Starts idle containers one after the other, each of which answers an exec
 * before the next one comes, and deletes them all.
 *
 * @param isMeasured at how many containers their memory is looked at
 */
export async function growContainers(
  bench: Workbench,
  runtime: BenchRuntime,
  count: number,
  signal: AbortSignal,
  isMeasured: (containers: number) => boolean,
): Promise<Growth[]> {
  const bundle = bench.bundle(IDLE, runtime);
  const ids: string[] = [];
  const growth: Growth[] = [];
  try {
    while (ids.length < count) {
      signal.throwIfAborted();
      const id = runtime.newId();
      ids.push(id);
      const startMs = (await runtime.create(bundle, id)) + (await runtime.start(id));
      await runtime.exec(id, ["true"]);
      const containers = ids.length;
      const memory = isMeasured(containers) ? { memory: memoryParts(markedProcesses(runtime.marker)) } : {};
      growth.push({ containers, startMs, ...memory });
    }
    return growth;
  } finally {
    for (const id of ids) await runtime.delete(id);
  }
}
