import { readdir, readFile } from "node:fs/promises";
import { parseIdList } from "../../oci/id-list.js";
import type { CgroupFacts } from "../../oci/cgroup-v2/resource-writes.js";

/**
 * Looks up what the values of a cgroup depend on.
 *
 * @param directory the cgroup
 * @param sysfs where sysfs is mounted, default /sys
 */
export async function guestFacts(directory: string, sysfs = "/sys"): Promise<CgroupFacts> {
  const [files, cpus, nodes, blockDevices] = await Promise.all([
    readdir(directory),
    readFile(`${sysfs}/devices/system/cpu/present`, "utf8"),
    // Absent in kernels without NUMA, where all memory is node 0.
    readFile(`${sysfs}/devices/system/node/online`, "utf8").catch(() => "0"),
    readdir(`${sysfs}/dev/block`).catch(() => []),
  ]);
  return {
    files: new Set(files),
    cpus: parseIdList(cpus),
    nodes: parseIdList(nodes),
    blockDevices: new Set(blockDevices),
  };
}
