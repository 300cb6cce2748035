import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setPriority } from "node:os";
import { join } from "node:path";
import { errnoName, messageOf } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { type Hierarchy, readHierarchies } from "../cgroup/hierarchies.js";
import type { CallerPlace } from "./boot-channel.js";

/**
 * Puts processes where they would be had the caller started them: into its
 * cgroups, and to its niceness.
 *
 * @param log is warned of a cgroup that they can't be put into
 */
export async function takePlaceOf(caller: CallerPlace, pids: readonly number[], log: LogSink): Promise<void> {
  for (const pid of pids) setNiceness(pid, caller.niceness);
  const own = new Map(readHierarchies().map(({ mountPoint, ownPath }) => [mountPoint, ownPath]));
  // A move takes as long as the kernel needs to have all processors see it.
  const moves = readHierarchies(caller.pid).filter(({ mountPoint, ownPath }) => own.get(mountPoint) !== ownPath);
  await Promise.all(moves.map((hierarchy) => move(hierarchy, pids, log)));
}

async function move({ mountPoint, ownPath }: Hierarchy, pids: readonly number[], log: LogSink): Promise<void> {
  const file = join(mountPoint, ownPath, "cgroup.procs");
  try {
    for (const pid of pids) await writeFile(file, String(pid));
  } catch (error) {
    // Whoever has ended is missed elsewhere.
    if (errnoName(error) === "ESRCH") return;
    log.warning(`a VM of the pool could not be put into the cgroup ${join(mountPoint, ownPath)}: ${messageOf(error)}`);
  }
}

/** Of each thread (setpriority(2)). */
function setNiceness(pid: number, niceness: number): void {
  for (const thread of threadsOf(pid)) {
    try {
      setPriority(thread, niceness);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { info } = error as { readonly info?: { readonly code?: string } };
  return errnoName(error) === "ENOENT" || info?.code === "ESRCH";
}
