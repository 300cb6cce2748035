import { readdirSync, readFileSync } from "node:fs";
import { parseIdList } from "../../oci/id-list.js";
import type { CgroupFacts } from "../../oci/cgroup-v2/resource-writes.js";

/**
 * What the values of a cgroup depend on; looked up when it is asked for, since few do.
 *
 * @param directory the cgroup
 * @param sysfs where sysfs is mounted, default /sys
 */
export function guestFacts(directory: string, sysfs = "/sys"): CgroupFacts {
  return {
    get files() {
      return new Set(readdirSync(directory));
    },
    get cpus() {
      return parseIdList(readFileSync(`${sysfs}/devices/system/cpu/present`, "utf8"));
    },
    get nodes() {
      return parseIdList(nodesOnline(sysfs));
    },
    get blockDevices() {
      return new Set(blockDevices(sysfs));
    },
  };
}

/** Without NUMA all memory is node 0, and the kernel has no such file. */
function nodesOnline(sysfs: string): string {
  try {
    return readFileSync(`${sysfs}/devices/system/node/online`, "utf8");
  } catch {
    return "0";
  }
}

function blockDevices(sysfs: string): string[] {
  try {
    return readdirSync(`${sysfs}/dev/block`);
  } catch {
    return [];
  }
}
