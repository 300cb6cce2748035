import type { Stage } from "../src/host/sandbox/timings.js";

/** From the first thing that is done for a VM to the agent's first answer, in milliseconds. */
export function bootMs(stages: readonly Stage[]): number {
  const answered = stages.find(({ stage, side }) => side === "host" && stage === "guest");
  if (answered === undefined) throw new Error("timings.json has no stage 'guest' of the host");
  return answered.endMs - Math.min(...stages.map(({ startMs }) => startMs));
}

/** From the first stage's start to the last one's end, in milliseconds. */
export function totalMs(stages: readonly Stage[]): number {
  return Math.max(...stages.map(({ endMs }) => endMs)) - Math.min(...stages.map(({ startMs }) => startMs));
}

/** The one whose duration is the median, or the next longer one; none of none. */
export function medianOf(all: readonly Stage[][], durationMs: (stages: readonly Stage[]) => number): Stage[] {
  const sorted = all.toSorted((a, b) => durationMs(a) - durationMs(b));
  return sorted[Math.floor(sorted.length / 2)] ?? [];
}
