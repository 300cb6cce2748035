import { readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { rehearse } from "../../../src/agent/rehearsal/rehearse.js";

t.test("rehearse() plays a container's life to its end", async (t) => {
  const directory = join(t.testdir(), "rehearsal");
  await rehearse(directory);
  t.same(readdirSync(join(directory, "cgroup")), ["tskata-rehearsal"]);
});

t.test("rehearse() fails where its directory can't be made", async (t) => {
  const directory = join(t.testdir({ file: "" }), "file");
  await t.rejects(rehearse(directory), { code: "ENOTDIR" });
});
