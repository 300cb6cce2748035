import type { BenchRuntime } from "../runtimes/bench-runtime.js";
import type { Workbench } from "../workbench.js";

/** What an idle container runs. */
export const IDLE = ["sleep", "100000"] as const;

/** Has a running container in each runtime while something is done with them, and deletes them then. */
export async function withContainers<T>(
  bench: Workbench,
  runtimes: readonly BenchRuntime[],
  use: (idOf: (runtime: BenchRuntime) => string) => Promise<T>,
): Promise<T> {
  const ids = new Map<BenchRuntime, string>();
  const bundle = bench.bundle(IDLE);
  try {
    for (const runtime of runtimes) {
      const id = runtime.newId();
      ids.set(runtime, id);
      await runtime.create(bundle, id);
      await runtime.start(id);
    }
    return await use((runtime) => ids.get(runtime) ?? "");
  } finally {
    for (const [runtime, id] of ids) await runtime.delete(id);
  }
}
