import type { VmBootMarks } from "../../../hypervisors/hypervisor.js";
import { type Timings, wallClockMs } from "./timings.js";

/** Marks that a guest may send, in the order in which they happen, with the stage that each ends. */
const STAGE_OF_MARK = { init: "kernel", agent: "init", listening: "agent" } as const;
/** When the guest answered with its marks. */
const NOW_MARK = "answered";
const MAX_UPTIME_MS = 10 * 60 * 1000;

/**
 * Puts the guest's boot marks (its uptime in milliseconds) on the host's time
 * axis; to be called when the answer that holds them came. Uptime 0 is when the
 * kernel starts its clock: what is between the start of the guest and that is
 * the stage `firmware`. Marks that make no sense are left out, the guest being
 * free to send anything.
 */
export function addGuestStages(timings: Timings, marksMs: Readonly<Record<string, number>>, boot: VmBootMarks): void {
  const runningMs = performance.timeOrigin + boot.runningMs;
  const uptimeMs = marksMs[NOW_MARK] ?? Infinity;
  // never before the guest ran, whatever it says of its clock
  const origin = Math.max(runningMs, wallClockMs() - uptimeMs);
  if (origin > runningMs) timings.add({ stage: "firmware", startMs: runningMs, endMs: origin, side: "guest" });
  let previousMs = 0;
  for (const [mark, stage] of Object.entries(STAGE_OF_MARK)) {
    const atMs = marksMs[mark];
    if (atMs === undefined || atMs < previousMs || atMs > MAX_UPTIME_MS) continue;
    timings.add({ stage, startMs: origin + previousMs, endMs: origin + atMs, side: "guest" });
    previousMs = atMs;
  }
}
