import t from "tap";
import { chartSvg } from "../../../bench/pictures/chart.js";
import { rounded, ticksUpTo } from "../../../bench/pictures/svg.js";

const series = [
  {
    name: "a <b>",
    points: [
      { x: 1, y: 100 },
      { x: 40, y: 50 },
    ],
  },
  { name: "c", points: [{ x: 40, y: 0 }] },
];

t.test("a chart has a line for each series, a point for each value and a mark for each x", async (t) => {
  const svg = chartSvg("title & more", [
    { title: "one", xName: "VMs", unit: "ms", series },
    { title: "two", xName: "VMs", unit: "MiB", series: [] },
  ]);
  t.match(svg, /^<svg [^>]*height="660"/);
  t.match(svg, "title &amp; more");
  t.match(svg, "a &lt;b&gt;");
  t.equal(svg.match(/<polyline/g)?.length, 2);
  t.equal(svg.match(/<circle/g)?.length, 3);
  t.match(svg, "one (ms)");
  t.match(svg, "two (MiB)");
  t.match(svg, />40<\/text>/);
  t.ok(svg.endsWith("</svg>\n"));
});

t.test("y grows upward from 0, and x to the right", async (t) => {
  const svg = chartSvg("", [{ title: "", xName: "", unit: "", series }]);
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const [first, second, zero] = circles as [number[], number[], number[]];
  t.ok((first[0] ?? 0) < (second[0] ?? 0));
  t.ok((first[1] ?? 0) < (second[1] ?? 0));
  t.equal(zero[0], second[0]);
  t.equal(zero[1], 284, "the bottom of the first chart");
});

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
