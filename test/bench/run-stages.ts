import t from "tap";
import { runStages } from "../../bench/run-stages.js";
import type { Stage } from "../../src/host/sandbox/timings.js";

const start: Stage[] = [
  { stage: "clone", startMs: 120, endMs: 200, side: "host" },
  { stage: "create", startMs: 200, endMs: 250, side: "host" },
];
const marks = { begun: 0, claimed: 60, supervisor: 61, created: 251, spoke: 300, stopped: 310, ended: 400 };

t.test("a run's stages are between its marks, around those of the sandbox's start", async (t) => {
  t.strictSame(
    runStages(marks, start).map(({ stage, startMs, endMs, side }) => [stage, startMs, endMs, side]),
    [
      ["command", 0, 60, "host"],
      ["supervisor", 61, 120, "host"],
      ["clone", 120, 200, "host"],
      ["create", 200, 250, "host"],
      ["start", 251, 300, "host"],
      ["process", 300, 310, "host"],
      ["teardown", 310, 400, "host"],
    ],
  );
});

t.test("what was done for a VM before the command is none of the run's", async (t) => {
  const waited: Stage[] = [{ stage: "warm up", startMs: -900, endMs: -100, side: "host" }, ...start.slice(1)];
  t.strictSame(
    runStages({ ...marks, claimed: 0, supervisor: 0 }, waited)
      .slice(0, 2)
      .map(({ stage, startMs, endMs }) => [stage, startMs, endMs]),
    [
      ["command", 0, 200],
      ["create", 200, 250],
    ],
  );
});

t.test("what wasn't seen is left out", async (t) => {
  t.strictSame(
    runStages({ begun: 0, spoke: 300, ended: 400 }, []).map(({ stage }) => stage),
    [],
  );
  t.strictSame(
    runStages({ ...marks, claimed: undefined as never, supervisor: undefined as never }, start).map(
      ({ stage }) => stage,
    ),
    ["clone", "create", "start", "process", "teardown"],
  );
});
