import type { Hypervisor } from "../../../../hypervisors/hypervisor.js";
import type { VmSettings } from "./vm-settings.js";

/** What decides how files reach the guest. */
export interface FileNeeds {
  readonly hypervisor: Pick<Hypervisor, "capabilities" | "whyNotNineP" | "require">;
  readonly vm: Pick<VmSettings, "virtiofsd" | "disks">;
}

/**
 * Whether containers' files are copied to disks.
 *
 * @throws TskataError `unsupported` where that is asked for, and the driver can't plug disks
 */
export async function needsDisks({ vm, hypervisor }: FileNeeds, signal: AbortSignal): Promise<boolean> {
  const { use } = vm.disks;
  const { capabilities } = hypervisor;
  if (use === "always") hypervisor.require("hotplug-disk", 'share.backend = "disk"');
  if (use !== "where-needed") return use === "always";
  const isServed = capabilities.has("virtiofs") && vm.virtiofsd !== undefined;
  return !isServed && capabilities.has("hotplug-disk") && (await hypervisor.whyNotNineP?.(signal)) !== undefined;
}
