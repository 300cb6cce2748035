import t from "tap";
import { StepCounter } from "../../../src/common/artifacts/progress.js";
import type { Progress } from "../../../src/common/artifacts/progress.js";

t.test("a step counter estimates the rest from the pace so far", async (t) => {
  const seen: Progress[] = [];
  let nowMs = 0;
  const counter = new StepCounter(
    "compile",
    4,
    (progress) => seen.push(progress),
    () => nowMs,
  );
  nowMs = 1000;
  counter.step();
  t.strictSame(seen, [
    { stage: "compile", fraction: 0 },
    { stage: "compile", fraction: 0.25, etaMs: 3000 },
  ]);
});

t.test("a step counter stays below 1 until it is finished, however many steps come", async (t) => {
  const seen: Progress[] = [];
  const counter = new StepCounter("compile", 2, (progress) => seen.push(progress));
  for (let step = 0; step < 5; step += 1) counter.step();
  t.ok(seen.every(({ fraction }) => fraction < 1));
  counter.finish();
  t.equal(seen.at(-1)?.fraction, 1);
});

t.test("a step counter gives no estimate before the first few per cent", async (t) => {
  const seen: Progress[] = [];
  new StepCounter("compile", 1000, (progress) => seen.push(progress)).step();
  t.equal(seen.at(-1)?.etaMs, undefined);
});
