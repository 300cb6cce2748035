import { resourceWrites } from "../../oci/cgroup-v2/resource-writes.js";
import type { LinuxResources } from "../../oci/linux-resources.js";

/** Which property of systemd.resource-control(5) stands for a file of version 2. */
const PROPERTIES: Readonly<Record<string, string>> = {
  "memory.max": "MemoryMax",
  "memory.low": "MemoryLow",
  "memory.swap.max": "MemorySwapMax",
  "pids.max": "TasksMax",
  "cpu.weight": "CPUWeight",
  "cpuset.cpus": "AllowedCPUs",
  "cpuset.mems": "AllowedMemoryNodes",
};

/** Limits as settings of a unit, `Name=value` each. What has no setting is only in the files. */
export function scopeProperties(resources: LinuxResources): string[] {
  const { unified: _unified, network: _network, blockIO: _blockIo, ...known } = resources;
  return resourceWrites(known, { files: new Set() }).flatMap(({ file, value }) => {
    if (file === "cpu.max") return [`CPUQuota=${percentage(value)}`];
    const name = PROPERTIES[file];
    return name === undefined ? [] : [`${name}=${value === "max" ? "infinity" : value}`];
  });
}

/** Of one CPU's time, rounded up; empty is none. */
function percentage(value: string): string {
  const [quota, period] = value.split(" ");
  return quota === "max" ? "" : `${Math.ceil((Number(quota) / Number(period)) * 100)}%`;
}
