import t from "tap";
import type { LauncherChild } from "../../../src/agent/kernel/launcher-child.js";
import { SpareLauncher } from "../../../src/agent/kernel/spare-launcher.js";

/** A starter of launchers that are only told apart. */
function starter(): { start: () => LauncherChild; started: { end: () => void }[] } {
  const started: { end: () => void }[] = [];
  const start = (): LauncherChild => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    started.push({ end });
    return { pid: started.length, ended } as LauncherChild;
  };
  return { start, started };
}

t.test("a launcher that was prepared is taken once, by a process with pipes alone", (t) => {
  const { start, started } = starter();
  const spare = new SpareLauncher(start);
  spare.prepare();
  spare.prepare();
  t.equal(started.length, 1);
  t.equal(spare.spawn("terminal").pid, 2);
  t.equal(spare.spawn("operations").pid, 3);
  t.equal(spare.spawn("pipes", true).pid, 4);
  t.equal(spare.spawn("pipes", false, ["r"]).pid, 5);
  t.equal(spare.spawn("pipes").pid, 1);
  t.equal(spare.spawn("pipes").pid, 6);
  spare.prepare();
  t.equal(spare.spawn("pipes").pid, 7);
  spare.prepare();
  t.end();
});

t.test("a launcher that has ended meanwhile is not handed out", async (t) => {
  const { start, started } = starter();
  const spare = new SpareLauncher(start);
  spare.prepare();
  started[0]?.end();
  await new Promise(setImmediate);
  t.equal(spare.spawn("pipes").pid, 2);
  spare.prepare();
});

t.test("the next one is started by itself, once the process runs", async (t) => {
  const { start, started } = starter();
  let again: () => void = () => undefined;
  const startedAgain = new Promise<void>((resolve) => {
    again = resolve;
  });
  const spare = new SpareLauncher(() => {
    const launcher = start();
    if (started.length === 2) again();
    return launcher;
  });
  t.equal(spare.spawn("pipes").pid, 1);
  await startedAgain;
  t.equal(spare.spawn("pipes").pid, 2);
  spare.prepare();
});
