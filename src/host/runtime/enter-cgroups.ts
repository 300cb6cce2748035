import { entranceFiles } from "../cgroup/cgroup-place.js";
import type { ClaimedCgroups } from "./claim-cgroups.js";
import type { Installation } from "./installation.js";

/**
 * The beginning of a command line that has a program begin in a container's
 * cgroups; nothing where there are none.
 */
export function enterCgroups(
  { enterCgroups: program }: Pick<Installation, "enterCgroups">,
  { record, place }: Pick<ClaimedCgroups, "record" | "place">,
): string[] {
  return record.cgroups.length === 0 ? [] : [program, ...entranceFiles(place), "--"];
}
