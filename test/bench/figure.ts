import t from "tap";
import { atLeast, atMost, figuresOf, type Row } from "../../bench/figure.js";

const row: Row = {
  name: "run",
  unit: "ms",
  samples: { runc: [30, 31, 29], tskata: [440, 460, 451], "tskata pool": [] },
  limits: { tskata: atMost(450, 300), "tskata pool": atMost(200) },
};

t.test("figures are in the order of the columns, without those that have no samples", async (t) => {
  t.strictSame(figuresOf(row), [
    {
      row: "run",
      runtime: "tskata",
      unit: "ms",
      median: 451,
      least: 440,
      most: 460,
      limit: { bound: "at most", value: 450, goal: 300 },
      kept: false,
    },
    { row: "run", runtime: "runc", unit: "ms", median: 30, least: 29, most: 31, kept: true },
  ]);
});

t.test("a promise is kept at its very limit, be it a most or a least", async (t) => {
  const kept = (value: number, limit: ReturnType<typeof atMost>): boolean | undefined =>
    figuresOf({ ...row, samples: { tskata: [value] }, limits: { tskata: limit } })[0]?.kept;
  t.equal(kept(450, atMost(450)), true);
  t.equal(kept(450.1, atMost(450)), false);
  t.equal(kept(20, atLeast(20)), true);
  t.equal(kept(19.9, atLeast(20)), false);
});
