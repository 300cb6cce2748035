import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { getPriority, setPriority } from "node:os";
import { join } from "node:path";
import { errnoName, messageOf } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { type Hierarchy, inSameCgroups, readHierarchies } from "../cgroup/hierarchies.js";
import type { CallerPlace } from "./boot-channel.js";

/**
 * Puts processes where they would be had somebody else started them: into its
 * cgroups, and to its niceness.
 *
 * @param log is warned of a cgroup that they can't be put into
 */
export async function takePlaceOf(place: CallerPlace, pids: readonly number[], log: Warned): Promise<void> {
  // A move takes as long as the kernel needs to have all processors see it.
  await Promise.all(pids.map((pid) => takePlace(place, pid, log)));
}

type Warned = Pick<LogSink, "warning">;

async function takePlace(place: CallerPlace, pid: number, log: Warned): Promise<void> {
  let own: Map<string, string>;
  try {
    if (getPriority(pid) !== place.niceness) setNiceness(pid, place.niceness);
    if (inSameCgroups(pid, place.pid)) return;
    own = new Map(readHierarchies(pid).map(({ mountPoint, ownPath }) => [mountPoint, ownPath]));
  } catch (error) {
    // Whoever has ended is missed elsewhere.
    if (isGone(error)) return;
    throw error;
  }
  const moves = readHierarchies(place.pid).filter(({ mountPoint, ownPath }) => own.get(mountPoint) !== ownPath);
  await Promise.all(moves.map((hierarchy) => move(hierarchy, pid, log)));
}

async function move({ mountPoint, ownPath }: Hierarchy, pid: number, log: Warned): Promise<void> {
  const directory = join(mountPoint, ownPath);
  try {
    await writeFile(join(directory, "cgroup.procs"), String(pid));
  } catch (error) {
    if (errnoName(error) === "ESRCH") return;
    log.warning(`a process of a VM could not be put into the cgroup ${directory}: ${messageOf(error)}`);
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
