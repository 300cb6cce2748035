import { existsSync } from "node:fs";
import type { LogSink } from "../../common/log.js";
import type { CgroupPlace } from "../cgroup/cgroup-place.js";
import { moveInto } from "../cgroup/move-into.js";
import type { Monitor } from "./start-monitor.js";

/** Puts a monitor into its container's cgroups; this process, whichever of its threads is named, stays where its VM is. */
export async function placeMonitor({ pid }: Monitor, place: CgroupPlace, log: LogSink): Promise<void> {
  if (!existsSync(`/proc/self/task/${pid}`)) await moveInto(place, [pid], log);
}
