import t from "tap";
import { memoryPoints, startPoints } from "../../../bench/measurements/scale.js";

const MIB = 1024 * 1024;
const growth = [
  { containers: 1, startMs: 900, memory: new Map([["guest", 150 * MIB]]) },
  { containers: 2, startMs: 500 },
  { containers: 3, startMs: 510 },
  { containers: 4, startMs: 700 },
  { containers: 5, startMs: 490, memory: new Map([["guest", 430 * MIB]]) },
  { containers: 6, startMs: 520, memory: new Map([["guest", 500 * MIB]]) },
];

t.test("a start's time is the median of the last five", async (t) => {
  t.strictSame(startPoints(growth), [
    { x: 1, y: 900 },
    { x: 5, y: 510 },
    { x: 6, y: 510 },
  ]);
});

t.test("memory is what each container since the last look added", async (t) => {
  t.strictSame(memoryPoints(growth), [
    { x: 1, y: 150 },
    { x: 5, y: 70 },
    { x: 6, y: 70 },
  ]);
});
