import t from "tap";
import { onCommonAxis, waterfallSvg, waterfallText } from "../../../bench/pictures/waterfall.js";
import type { Stage } from "../../../src/host/sandbox/timings.js";

const stages: Stage[] = [
  { stage: "guest", startMs: 1100, endMs: 1500, side: "host" },
  { stage: "kernel", startMs: 1100, endMs: 1400, side: "guest" },
  { stage: "share <1>", startMs: 1000, endMs: 1100, side: "host" },
];

t.test("the axis begins with the first stage, and longer stages come first", async (t) => {
  t.strictSame(
    onCommonAxis(stages).map(({ stage, startMs, endMs }) => [stage, startMs, endMs]),
    [
      ["share <1>", 0, 100],
      ["guest", 100, 500],
      ["kernel", 100, 400],
    ],
  );
});

t.test("the text draws both sides on one axis", async (t) => {
  const lines = waterfallText(stages).split("\n");
  t.match(lines[0], /^host {2}share <1> \|#{12} {48}\| +0 ms \+100 ms$/);
  t.match(lines[2], /^guest kernel +\| {12}={36} {12}\| +100 ms \+300 ms$/);
  t.equal(lines[3], "total 500 ms; # host, = guest");
});

t.test("the picture escapes names and has a bar for each stage", async (t) => {
  const svg = waterfallSvg(stages, "a & b");
  t.match(svg, "a &amp; b");
  t.match(svg, "share &lt;1&gt;");
  t.equal(svg.match(/<rect x=/g)?.length, 3);
});
