import type { AgentClient } from "../../protocol/agent-client.js";
import { PROTOCOL_VERSION } from "../../protocol/protocol-version.js";

const NS_PER_MS = 1_000_000n;
/** How far apart the bounds may be: the clock is set to the middle of them. */
const NARROW_NS = 12n * NS_PER_MS;
/** A guest that is slow to answer is not asked for ever. */
const MOST_QUESTIONS = 8;

/** The wall clock's time at a moment of the guest's: `ClockReading` of the contract. */
export interface GuestClock {
  readonly realtimeNs: bigint;
  readonly monotonicNs: bigint;
  /** By how much the first may be wrong, in nanoseconds. */
  readonly errorNs: bigint;
}

/**
 * Finds out what the wall clock shows at a moment of the guest's. The guest
 * says what its monotonic clock shows, which it did after the question left and
 * before the answer came; each question narrows that down, until the error is
 * 6 ms or less. A guest that is too slow for that gets the best of 8.
 *
 * @param now the wall clock in milliseconds
 */
export async function readGuestClock(
  agent: Pick<AgentClient, "hello">,
  signal: AbortSignal,
  now: () => number = Date.now,
): Promise<GuestClock> {
  let bounds: Bounds | undefined;
  for (let asked = 1; ; asked += 1) {
    const sentMs = now();
    const { monotonicNs } = await agent.hello({ protocolVersion: PROTOCOL_VERSION }, { signal });
    // The wall clock was read in whole milliseconds that were over by less than one.
    const seen = { from: toNs(sentMs) - monotonicNs, to: toNs(now() + 1) - monotonicNs };
    bounds = narrowed(bounds, seen);
    if (bounds === undefined) continue;
    const widthNs = bounds.to - bounds.from;
    if (widthNs > NARROW_NS && asked < MOST_QUESTIONS) continue;
    const errorNs = widthNs / 2n;
    return { realtimeNs: monotonicNs + bounds.from + errorNs, monotonicNs, errorNs };
  }
}

/** What the wall clock is ahead of the guest's monotonic one, in nanoseconds. */
interface Bounds {
  readonly from: bigint;
  readonly to: bigint;
}

/** What both say. Where that is nothing, somebody set the host's clock meanwhile. */
function narrowed(before: Bounds | undefined, seen: Bounds): Bounds | undefined {
  if (seen.from > seen.to) return undefined;
  if (before === undefined) return seen;
  const both = {
    from: before.from > seen.from ? before.from : seen.from,
    to: before.to < seen.to ? before.to : seen.to,
  };
  return both.from <= both.to ? both : seen;
}

function toNs(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * NS_PER_MS;
}
