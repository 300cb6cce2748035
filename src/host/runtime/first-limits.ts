import type { Spec } from "../../oci/config.js";
import type { LinuxResources } from "../../oci/linux-resources.js";
import { limitsOfMonitors, limitsWithVm } from "../cgroup/host-limits.js";
import type { Configuration } from "../config/configuration.js";
import { vmMemoryBytes } from "./vm-settings.js";

/**
 * The limits that a container's cgroups on the host begin with.
 *
 * @param joins it comes into another container's VM
 */
export function firstLimits(config: Configuration, spec: Spec, joins: boolean): LinuxResources {
  const { mode, overhead } = config.hostCgroup;
  const resources = spec.linux?.resources ?? {};
  if (mode === "mirror") return resources;
  if (joins) return limitsOfMonitors(resources);
  return limitsWithVm(resources, { memoryBytes: vmMemoryBytes(config, spec), overhead, others: [] });
}
