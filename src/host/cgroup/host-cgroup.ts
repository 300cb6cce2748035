import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import { resourceWrites } from "../../oci/cgroup-v2/resource-writes.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import type { Hierarchy } from "./hierarchies.js";
import { v1Writes } from "./v1-writes.js";

/** Milliseconds between the tries to remove a directory: a second altogether. */
const REMOVAL_WAITS_MS = [5, 10, 20, 40, 80, 160, 320, 365];

/** Where a path is in a hierarchy: below its root, or for a relative path below our own cgroup. */
export function cgroupDirectory({ mountPoint, ownPath }: Hierarchy, path: string): string {
  const below = posix.isAbsolute(path) ? path : posix.join(ownPath, path);
  return join(mountPoint, posix.resolve("/", below));
}

/**
 * The directories of a container's cgroups on the host, which are not made yet.
 *
 * @throws TskataError `failed-precondition` where somebody else's processes are there
 */
export function planCgroups(hierarchies: readonly Hierarchy[], path: string): string[] {
  const directories = hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, path));
  for (const directory of directories) refuseInhabited(directory);
  return directories;
}

/**
 * Makes the directories. What this host doesn't have, or doesn't allow, is left
 * out.
 *
 * @returns those that are there
 */
export function makeCgroups(hierarchies: readonly Hierarchy[], path: string, log: LogSink): string[] {
  return hierarchies.flatMap((hierarchy) => {
    const directory = cgroupDirectory(hierarchy, path);
    return attempt(log, () => makeDirectory(hierarchy, directory)) ? [directory] : [];
  });
}

/** Writes limits where their files are. */
export function writeLimits(directories: readonly string[], resources: LinuxResources, log: LogSink): void {
  for (const directory of directories) {
    if (!existsSync(directory)) continue;
    const files = new Set(readdirSync(directory));
    const writes = files.has("cgroup.controllers") ? resourceWrites(resources, { files }) : v1Writes(resources);
    for (const { file, value } of writes) {
      if (files.has(file)) attempt(log, () => writeFileSync(join(directory, file), value));
    }
  }
}

/**
 * Removes the directories; processes that are still about to leave go to the
 * directory above. One that has ended can hold its directory for a moment after
 * it is out of the list, and nothing tells when that is over.
 */
export async function removeCgroups(directories: readonly string[], log: Pick<LogSink, "debug">): Promise<void> {
  for (const directory of directories) {
    try {
      await removeDirectory(directory);
    } catch (error) {
      tell(log, error);
    }
  }
}

async function removeDirectory(directory: string): Promise<void> {
  for (const wait of REMOVAL_WAITS_MS) {
    if (emptyAndRemove(directory)) return;
    await delay(wait);
  }
  throw new Error(`${directory}: can't be removed, it is still in use`);
}

/** Answers false where the kernel calls an empty one busy. */
function emptyAndRemove(directory: string): boolean {
  if (!existsSync(directory)) return true;
  try {
    // Version 2 may have none in a cgroup that hands controllers on: then they have to end by themselves.
    for (const pid of processesOf(directory)) moveTo(dirname(directory), pid);
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (errnoName(error) !== "EBUSY") throw error;
    return false;
  }
}

function refuseInhabited(directory: string): void {
  if (existsSync(directory) && processesOf(directory).length > 0) {
    throw new TskataError("failed-precondition", `container's cgroup is not empty: ${directory} has processes`);
  }
}

function processesOf(directory: string): number[] {
  const text = readFileSync(join(directory, "cgroup.procs"), "utf8");
  return text.split("\n").filter(Boolean).map(Number);
}

function moveTo(directory: string, pid: number): void {
  try {
    writeFileSync(join(directory, "cgroup.procs"), String(pid));
  } catch (error) {
    // It has ended meanwhile.
    if (errnoName(error) !== "ESRCH") throw error;
  }
}

/** A cgroup of cpuset takes nobody before it has CPUs and memory nodes; its parents hand controllers on in version 2. */
function makeDirectory(hierarchy: Hierarchy, directory: string): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    if (hierarchy.version === 2) handOnControllers(dirname(path));
    mkdirSync(path);
    if (!hierarchy.controllers.includes("cpuset")) continue;
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      writeFileSync(join(path, file), readFileSync(join(dirname(path), file)));
    }
  }
}

function handOnControllers(directory: string): void {
  const controllers = readFileSync(join(directory, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean);
  for (const name of controllers) writeFileSync(join(directory, "cgroup.subtree_control"), `+${name}`);
}

/** What the host can't have is no fault of the container's: its limits are in force in the guest. */
function attempt(log: LogSink, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    tell(log, error);
    return false;
  }
}

function tell(log: Pick<LogSink, "debug">, error: unknown): void {
  log.debug(`the cgroup on the host: ${messageOf(error)}`);
}
