import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { errnoName } from "../../common/error.js";
import type { Hierarchy } from "./hierarchies.js";

/** The cgroups that processes are to be in, one of each hierarchy: `ownPath`. */
export type CgroupPlace = readonly Hierarchy[];

/** The directory of a cgroup. */
export function directoryOf({ mountPoint, ownPath }: Pick<Hierarchy, "mountPoint" | "ownPath">): string {
  return join(mountPoint, ownPath);
}

/** A place with these directories in it, and as it was in hierarchies that have none of them. */
export function withDirectories(place: CgroupPlace, directories: readonly string[]): CgroupPlace {
  return place.map((hierarchy) => {
    const { mountPoint } = hierarchy;
    const directory = directories.find((path) => path.startsWith(`${mountPoint}/`));
    return directory === undefined ? hierarchy : { ...hierarchy, ownPath: `/${posix.relative(mountPoint, directory)}` };
  });
}

/**
 * The files by which a process that is about to begin puts itself there
 * (src/host/enter-cgroups). To enter version 2 takes milliseconds: where it
 * doesn't count memory, which stays counted where it was touched, that is left to
 * `moveInto`.
 */
export function entranceFiles(place: CgroupPlace): string[] {
  return place
    .filter((hierarchy) => hierarchy.version === 1 || countsMemory(hierarchy))
    .map((hierarchy) => join(directoryOf(hierarchy), hierarchy.version === 1 ? "tasks" : "cgroup.procs"));
}

function countsMemory({ mountPoint }: Hierarchy): boolean {
  try {
    return readFileSync(join(mountPoint, "cgroup.controllers"), "utf8").trim().split(" ").includes("memory");
  } catch (error) {
    if (errnoName(error) === "ENOENT") return false;
    throw error;
  }
}
