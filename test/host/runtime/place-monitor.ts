import { readdirSync } from "node:fs";
import t from "tap";
import type { CgroupPlace } from "../../../src/host/cgroup/cgroup-place.js";
import { placeMonitor } from "../../../src/host/runtime/place-monitor.js";
import type { Monitor } from "../../../src/host/runtime/start-monitor.js";

/** Where nobody can be put: whoever is to be is told of. */
const NOWHERE: CgroupPlace = [{ version: 2, mountPoint: "/nonexistent", controllers: [], ownPath: "/c" }];

async function warnings(pid: number): Promise<string[]> {
  const said: string[] = [];
  const log = { debug: () => undefined, warning: (line: string) => void said.push(line) };
  await placeMonitor({ pid } as Monitor, NOWHERE, log);
  return said;
}

t.test("a monitor is put into its cgroups, and no thread of this process", async (t) => {
  t.match(await warnings(process.ppid), [/\/nonexistent\/c/]);
  for (const thread of readdirSync("/proc/self/task")) t.same(await warnings(Number(thread)), [], thread);
});
