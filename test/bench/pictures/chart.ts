import t from "tap";
import { chartSvg } from "../../../bench/pictures/chart.js";

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
