import t from "tap";
import { slope } from "../../bench/statistics.js";

t.test("slope() is what y grows by with each x", async (t) => {
  const line = [2, 3, 4, 7].map((x) => ({ x, y: 100 + 70 * x }));
  t.equal(slope(line), 70);
  t.equal(slope(line.toReversed()), 70);
  t.equal(slope([1, 2, 3].map((x) => ({ x, y: 5 }))), 0);
});

t.test("slope() finds the line nearest to points beside it", async (t) => {
  const points = [
    { x: 0, y: 1 },
    { x: 1, y: 0 },
    { x: 2, y: 3 },
    { x: 3, y: 2 },
  ];
  t.equal(slope(points), 0.6);
});

t.test("a slope needs two different x", async (t) => {
  t.ok(Number.isNaN(slope([])));
  t.ok(Number.isNaN(slope([{ x: 1, y: 1 }])));
  t.ok(
    Number.isNaN(
      slope([
        { x: 1, y: 1 },
        { x: 1, y: 1 },
      ]),
    ),
  );
});
