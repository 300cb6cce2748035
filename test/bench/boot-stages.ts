import t from "tap";
import { bootMs, medianOf, totalMs } from "../../bench/boot-stages.js";
import type { Stage } from "../../src/host/sandbox/timings.js";

const stages: Stage[] = [
  { stage: "share", startMs: 1000, endMs: 1100, side: "host" },
  { stage: "guest", startMs: 1100, endMs: 1500, side: "host" },
  { stage: "guest", startMs: 1100, endMs: 1400, side: "guest" },
  { stage: "create", startMs: 1500, endMs: 1700, side: "host" },
];

t.test("a boot lasts from the first stage to the agent's answer", async (t) => {
  t.equal(bootMs(stages), 500);
  t.throws(() => bootMs([]), /no stage/);
});

t.test("the total goes from the first start to the last end", async (t) => {
  t.equal(totalMs(stages), 700);
});

t.test("the median of stages is a whole one", async (t) => {
  const longer: Stage[] = [...stages, { stage: "early", startMs: 900, endMs: 950, side: "host" }];
  t.equal(medianOf([longer, stages], bootMs), longer);
  t.equal(medianOf([longer, stages, stages], bootMs), stages);
  t.strictSame(medianOf([], bootMs), []);
});
