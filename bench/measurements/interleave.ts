import type { Samples } from "../figure.js";
import type { BenchRuntime } from "../runtimes/bench-runtime.js";

/**
 * Takes a sample of each runtime in each round, so that a disturbance hits all
 * alike; each round begins with another one.
 */
export async function interleave<R extends BenchRuntime>(
  runtimes: readonly R[],
  rounds: number,
  signal: AbortSignal,
  sample: (runtime: R) => Promise<number>,
): Promise<Samples> {
  const samples = new Map(runtimes.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % Math.max(1, runtimes.length);
    for (const runtime of [...runtimes.slice(first), ...runtimes.slice(0, first)]) {
      signal.throwIfAborted();
      samples.get(runtime.name)?.push(await sample(runtime));
      await runtime.settled();
    }
  }
  return Object.fromEntries(samples);
}
