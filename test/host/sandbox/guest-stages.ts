import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { addGuestStages } from "../../../src/host/sandbox/guest-stages.js";
import { type Stage, Timings } from "../../../src/host/sandbox/timings.js";

/** The stages that come of these marks, from a guest that has run for `ranMs`. */
function stagesOf(directory: string, marks: Record<string, number>, ranMs: number): Stage[] {
  const timings = new Timings();
  const runningMs = performance.now() - ranMs;
  addGuestStages(timings, marks, { spawnedMs: runningMs - 20, controlReadyMs: runningMs - 10, runningMs });
  const path = join(directory, "timings.json");
  timings.write(path);
  return JSON.parse(readFileSync(path, "utf8")) as Stage[];
}

function lengths(stages: readonly Stage[]): [string, number][] {
  return stages.map(({ stage, startMs, endMs }) => [stage, Math.round((endMs - startMs) / 10) * 10]);
}

t.test("addGuestStages() takes what came before the guest's clock as firmware", async (t) => {
  const marks = { init: 500, agent: 550, listening: 900, answered: 1000 };
  const stages = stagesOf(t.testdir(), marks, 1200);
  t.same(lengths(stages), [
    ["firmware", 200],
    ["kernel", 500],
    ["init", 50],
    ["agent", 350],
  ]);
  t.ok(stages.every(({ side }) => side === "guest"));
});

t.test("addGuestStages() never puts a stage before the start of the guest", async (t) => {
  t.same(lengths(stagesOf(t.testdir(), { init: 500, answered: 5000 }, 1200)), [["kernel", 500]]);
  t.same(lengths(stagesOf(t.testdir(), { init: 500 }, 1200)), [["kernel", 500]]);
});

t.test("addGuestStages() leaves out marks that make no sense", async (t) => {
  const marks = { init: 500, agent: 400, listening: 1e9, other: 700, answered: 1200 };
  t.same(
    lengths(stagesOf(t.testdir(), marks, 1200)).filter(([stage]) => stage !== "firmware"),
    [["kernel", 500]],
  );
});
