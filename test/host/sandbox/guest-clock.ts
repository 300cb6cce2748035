import t from "tap";
import { readGuestClock } from "../../../src/host/sandbox/guest-clock.js";

const NS_PER_MS = 1_000_000n;
/** When the scenes begin. */
const START_MS = 1_800_000_000_000;
/** What the guest's monotonic clock shows then. */
const UPTIME_MS = 5000;
const signal = new AbortController().signal;

/** How long one question and its answer are on their way, in milliseconds; and by how much the host's clock is set after it. */
interface Trip {
  readonly there: number;
  readonly back: number;
  readonly step?: number;
}

/** A guest, and a host's clock, that answer by a schedule; its last trip repeats. */
function scene(trips: readonly Trip[]): {
  agent: Parameters<typeof readGuestClock>[0];
  now: () => number;
  asked: () => number;
} {
  let [passedMs, steppedMs, asked] = [0, 0, 0];
  const agent = {
    hello: async () => {
      const trip = trips[Math.min(asked, trips.length - 1)] ?? { there: 0, back: 0 };
      asked += 1;
      passedMs += trip.there;
      const monotonicNs = BigInt(Math.round((UPTIME_MS + passedMs) * 1000)) * 1000n;
      passedMs += trip.back;
      steppedMs += trip.step ?? 0;
      return { protocolVersion: 1, bootMarksMs: {}, monotonicNs };
    },
  };
  const now = (): number => Math.floor(START_MS + passedMs + steppedMs);
  return { agent, now, asked: () => asked };
}

/** By how many milliseconds a clock that is set by the reading is ahead. */
function aheadMs({ realtimeNs, monotonicNs }: { realtimeNs: bigint; monotonicNs: bigint }, steppedMs = 0): number {
  const rightNs = BigInt(START_MS + steppedMs - UPTIME_MS) * NS_PER_MS + monotonicNs;
  return Number(realtimeNs - rightNs) / Number(NS_PER_MS);
}

t.test("readGuestClock() takes the middle of one quick answer", async (t) => {
  const { agent, now, asked } = scene([{ there: 2, back: 2 }]);
  const reading = await readGuestClock(agent, signal, now);
  t.equal(asked(), 1);
  t.ok(Math.abs(aheadMs(reading)) <= 1);
  t.ok(reading.errorNs <= 6n * NS_PER_MS);
});

t.test("readGuestClock() asks again after a slow answer, and is never off by more than it says", async (t) => {
  // No answer is quick, but one has a quick way there, and one a quick way back.
  for (const [first, questions] of [
    [{ there: 200, back: 1 }, 3],
    [{ there: 1, back: 200 }, 2],
    [{ there: 70, back: 80 }, 3],
  ] as const) {
    const { agent, now, asked } = scene([first, { there: 40.3, back: 1.2 }, { there: 1.4, back: 30.6 }]);
    const reading = await readGuestClock(agent, signal, now);
    t.equal(asked(), questions);
    t.ok(reading.errorNs <= 6n * NS_PER_MS);
    t.ok(Math.abs(aheadMs(reading)) * Number(NS_PER_MS) <= Number(reading.errorNs) + 1);
  }
});

t.test("readGuestClock() makes do with what a slow guest lets it know", async (t) => {
  const { agent, now, asked } = scene([{ there: 50, back: 50 }]);
  const reading = await readGuestClock(agent, signal, now);
  t.equal(asked(), 8);
  t.ok(reading.errorNs > 45n * NS_PER_MS);
  t.ok(Math.abs(aheadMs(reading)) <= 1);
});

t.test("readGuestClock() starts anew where the host's clock was set meanwhile", async (t) => {
  const { agent, now } = scene([
    { there: 10, back: 10 },
    { there: 10, back: 10, step: -60_000 },
    { there: 1, back: 1 },
  ]);
  t.ok(Math.abs(aheadMs(await readGuestClock(agent, signal, now), -60_000)) <= 2);
});

t.test("readGuestClock() passes on that the guest doesn't answer", async (t) => {
  const agent = { hello: () => Promise.reject(new Error("gone")) };
  await t.rejects(readGuestClock(agent, signal), { message: "gone" });
});
