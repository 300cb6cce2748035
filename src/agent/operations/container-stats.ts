import { readdir } from "node:fs/promises";
import { stringifyJson } from "../../oci/stringify-json.js";
import { cgroupFileReader, cgroupStats } from "../cgroup/cgroup-stats.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * The figures of a container's cgroup, as the `data` of runc's `events --stats`,
 * and how many of its processes were killed because memory ran out.
 */
export async function containerStats(
  sandbox: Sandbox,
  containerId: string,
): Promise<{ statsJson: Uint8Array; oomKills: number }> {
  const { cgroup } = sandbox.container(containerId).require("read the figures of", "created", "running", "paused");
  const files = await readdir(cgroup.directory);
  const pageSizes = files.flatMap((file) => /^hugetlb\.(\d+[KMG]B)\.max$/.exec(file)?.[1] ?? []);
  const stats = await cgroupStats(cgroupFileReader(cgroup.directory), pageSizes);
  return { statsJson: Buffer.from(stringifyJson(stats)), oomKills: cgroup.oomKills() };
}
