import t from "tap";
import { rounded, ticksUpTo } from "../../../src/common/report/axis.js";

t.test("ticks are round, and at most eleven", async (t) => {
  t.strictSame(ticksUpTo(10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  t.strictSame(ticksUpTo(84), [0, 10, 20, 30, 40, 50, 60, 70, 80]);
  t.strictSame(ticksUpTo(0.5), [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]);
  t.strictSame(ticksUpTo(1840), [0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]);
  t.strictSame(ticksUpTo(0), [0]);
});

t.test("rounded() has one digit behind the point unless told otherwise", async (t) => {
  t.equal(rounded(1.26), 1.3);
  t.equal(rounded(1.2345, 3), 1.234);
});
