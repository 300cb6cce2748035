import t from "tap";
import { soakSummary, summaryLine } from "../../../bench/soak/soak-summary.js";

t.test("the first hundred rounds are compared with the last hundred", async (t) => {
  const durations = Array.from({ length: 1000 }, (_, round) => (round < 100 ? 500 : round < 900 ? 900 : 540));
  const summary = soakSummary(durations);
  t.strictSame(summary, { window: 100, firstMs: 500, lastMs: 540, asFast: true });
  t.equal(summaryLine(summary), "the first 100: 500 ms, the last 100: 540 ms; promised: as fast");
});

t.test("rounds that are slower by more than a tenth are marked", async (t) => {
  const summary = soakSummary([100, 100, 111, 111]);
  t.strictSame(summary, { window: 2, firstMs: 100, lastMs: 111, asFast: false });
  t.match(summaryLine(summary), /NOT KEPT$/);
});

t.test("a single round is compared with itself", async (t) => {
  t.strictSame(soakSummary([7]), { window: 1, firstMs: 7, lastMs: 7, asFast: true });
});
