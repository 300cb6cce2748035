import t from "tap";
import { atLeast, atMost, type Row } from "../../../bench/figure.js";
import { promises, table } from "../../../bench/report/table.js";

const rows: Row[] = [
  {
    name: "run",
    unit: "ms",
    samples: { tskata: [451, 440, 460], runc: [30.04] },
    limits: { tskata: atMost(450, 300) },
  },
  { name: "stdin", unit: "MB/s", samples: { "tskata cold": [76] }, limits: { "tskata cold": atLeast(20) } },
];

t.test("the table has the runtimes that were measured, and marks what isn't kept", async (t) => {
  t.equal(
    table(rows),
    [
      "             tskata  tskata cold  runc",
      "run    ms      451!            -  30.0",
      "stdin  MB/s       -         76.0     -",
    ].join("\n"),
  );
  t.equal(table([]), "");
});

t.test("a promise is told with what was found and what is aimed at", async (t) => {
  t.strictSame(promises(rows).split("\n"), [
    "run, tskata: 451 ms (440 to 460); promised: at most 450, goal 300, NOT KEPT",
    "stdin, tskata cold: 76.0 MB/s (76.0 to 76.0); promised: at least 20",
  ]);
});
