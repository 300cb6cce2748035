import type { VmBootMarks } from "../../../hypervisors/hypervisor.js";
import type { Timings } from "./timings.js";

/** Marks that a guest may send, in the order in which they happen, with the stage that each ends. */
const STAGE_OF_MARK = { init: "kernel", agent: "init", listening: "agent" } as const;
const MAX_UPTIME_MS = 10 * 60 * 1000;

/**
 * Puts the guest's boot marks (its uptime in milliseconds) on the host's time
 * axis: uptime 0 is taken as the moment when the guest was set running. Marks
 * that make no sense are left out, the guest being free to send anything.
 */
export function addGuestStages(timings: Timings, marksMs: Readonly<Record<string, number>>, boot: VmBootMarks): void {
  const origin = performance.timeOrigin + boot.runningMs;
  let previousMs = 0;
  for (const [mark, stage] of Object.entries(STAGE_OF_MARK)) {
    const atMs = marksMs[mark];
    if (atMs === undefined || atMs < previousMs || atMs > MAX_UPTIME_MS) continue;
    timings.add({ stage, startMs: origin + previousMs, endMs: origin + atMs, side: "guest" });
    previousMs = atMs;
  }
}
