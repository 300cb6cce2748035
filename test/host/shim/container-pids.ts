import { readdirSync } from "node:fs";
import t from "tap";
import { ContainerPids } from "../../../src/host/shim/container-pids.js";

t.test("the first container has this process' pid, the others have its threads', each its own", async (t) => {
  const pids = new ContainerPids();
  const threads = readdirSync("/proc/self/task").map(Number);
  const leases = threads.map(() => pids.take());
  t.equal(leases[0]?.pid, process.pid);
  t.strictSame(new Set(leases.map(({ pid }) => pid)), new Set(threads));

  await t.test("and where none is left, this process' pid", async (t) => {
    const further = pids.take();
    t.equal(further.pid, process.pid);
    further.release();
    t.equal(pids.take().pid, process.pid, "which was none to give back");
    leases.at(-1)?.release();
    t.equal(pids.take().pid, leases.at(-1)?.pid, "what is given back is given again");
  });
});
