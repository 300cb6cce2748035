import { readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { rehearse } from "../../../src/agent/rehearsal/rehearse.js";
import { standInLauncher } from "../../../src/agent/rehearsal/stand-in-launcher.js";

t.test("rehearse() plays a container's life to its end, with one real start of the launcher", async (t) => {
  const directory = join(t.testdir(), "rehearsal");
  let starts = 0;
  await rehearse(directory, () => {
    starts += 1;
    return standInLauncher("operations");
  });
  t.equal(starts, 1);
  t.same(readdirSync(join(directory, "cgroup")), ["tskata-rehearsal"]);
});

t.test("rehearse() fails where the launcher can't be started", async (t) => {
  const directory = join(t.testdir(), "rehearsal");
  const spawn = (): never => {
    throw new Error("no launcher");
  };
  await t.rejects(rehearse(directory, spawn), { message: "no launcher" });
});
