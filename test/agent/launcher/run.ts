import t from "tap";
import { makeBusyboxRoot } from "./fixtures/busybox-root.js";
import { containerPlan, plainPlan } from "./fixtures/container-plan.js";
import { runPlan } from "./fixtures/run-plan.js";

const root = t.testdir();
makeBusyboxRoot(root);

void t.test("a plain program runs", async (t) => {
  const result = await runPlan(plainPlan(["sh", "-c", "echo out; echo err >&2; exit 7"]));
  t.same(result, { stdout: "out\n", stderr: "err\n", status: 7 });
});

void t.test("a container sees only its own root and is the first process", async (t) => {
  const result = await runPlan(containerPlan(root, ["sh", "-c", "echo $$; ls /; cat /proc/self/mountinfo"]));
  t.equal(result.stderr, "");
  console.log(result);
});
