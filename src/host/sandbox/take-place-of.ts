import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { errnoName } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { moveInto } from "../cgroup/move-into.js";
import type { CgroupPlace } from "../cgroup/cgroup-place.js";

/** Where processes are to be. */
export interface Placement {
  readonly place: CgroupPlace;
  /** See nice(2). */
  readonly niceness: number;
}

/**
 * Puts processes where they would be had somebody else started them: into
 * cgroups, and to a niceness.
 *
 * @param log is warned of a cgroup that they can't be put into
 */
export async function takePlaceOf(
  { place, niceness }: Placement,
  pids: readonly number[],
  log: Pick<LogSink, "warning">,
): Promise<void> {
  for (const pid of pids) takeNiceness(pid, niceness);
  await moveInto(place, pids, log);
}

function takeNiceness(pid: number, niceness: number): void {
  try {
    if (getPriority(pid) !== niceness) setNiceness(pid, niceness);
  } catch (error) {
    // Whoever has ended is missed elsewhere.
    if (!isGone(error)) throw error;
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
