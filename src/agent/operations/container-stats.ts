import { readdir } from "node:fs/promises";
import { TskataError } from "../../common/error.js";
import { stringifyJson } from "../../oci/stringify-json.js";
import { cgroupFileReader, cgroupStats } from "../cgroup/cgroup-stats.js";
import { isGone } from "../cgroup/is-gone.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * The figures of a container's cgroup, as the `data` of runc's `events --stats`,
 * and how many of its processes were killed because memory ran out.
 *
 * @throws TskataError `failed-precondition` where it doesn't run, or ends at this moment
 */
export async function containerStats(
  sandbox: Sandbox,
  containerId: string,
): Promise<{ statsJson: Uint8Array; oomKills: number }> {
  const { cgroup } = sandbox.container(containerId).require("read the figures of", "created", "running", "paused");
  try {
    const files = await readdir(cgroup.directory);
    const pageSizes = files.flatMap((file) => /^hugetlb\.(\d+[KMG]B)\.max$/.exec(file)?.[1] ?? []);
    const stats = await cgroupStats(cgroupFileReader(cgroup.directory), pageSizes);
    return { statsJson: Buffer.from(stringifyJson(stats)), oomKills: cgroup.oomKills() };
  } catch (cause) {
    if (!isGone(cause)) throw cause;
    const why = "it has ended meanwhile";
    throw new TskataError("failed-precondition", `read the figures of ${containerId}: ${why}`, { cause });
  }
}
