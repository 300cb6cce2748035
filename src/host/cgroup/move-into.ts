import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoName, messageOf } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { type CgroupPlace, directoryOf } from "./cgroup-place.js";
import { cgroupsOf, type Hierarchy, hierarchyKey } from "./hierarchies.js";

/**
 * Puts processes into cgroups where they aren't there already. Who has ended is
 * missed elsewhere.
 *
 * @param log is warned of a cgroup that they can't be put into
 */
export async function moveInto(
  place: CgroupPlace,
  pids: readonly number[],
  log: Pick<LogSink, "warning">,
): Promise<void> {
  // A move takes as long as the kernel needs to have all processors see it.
  await Promise.all(pids.flatMap((pid) => missingOf(place, pid).map((hierarchy) => move(hierarchy, pid, log))));
}

function missingOf(place: CgroupPlace, pid: number): Hierarchy[] {
  let now: Map<string, string>;
  try {
    now = cgroupsOf(pid);
  } catch (error) {
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ESRCH") return [];
    throw error;
  }
  return place.filter((hierarchy) => now.get(hierarchyKey(hierarchy)) !== hierarchy.ownPath);
}

async function move(hierarchy: Hierarchy, pid: number, log: Pick<LogSink, "warning">): Promise<void> {
  const directory = directoryOf(hierarchy);
  try {
    await writeFile(join(directory, "cgroup.procs"), String(pid));
  } catch (error) {
    if (errnoName(error) === "ESRCH") return;
    log.warning(`a process could not be put into the cgroup ${directory}: ${messageOf(error)}`);
  }
}
