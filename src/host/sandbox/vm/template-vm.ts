import type { Hypervisor, VmSpec } from "../../../../hypervisors/hypervisor.js";
import { describeMount } from "../../resource/mount-table.js";
import { clonePlace, type TemplateIdentity, templateIdentity, type TemplateVm } from "../../template/template-key.js";
import type { VmSettings } from "./vm-settings.js";

/** How many network cards a clone can be given. */
export const CLONE_NETWORK_CARDS = 4;
/** Of virtiofs; a share of QEMU's own is there from the start. */
const CLONE_SHARES = 1;

/** The VM of these settings as a template has it: of the smallest size, since clones can grow. */
export function templateVmOf(vm: VmSettings): TemplateVm {
  return {
    kernelPath: vm.kernelPath,
    imagePath: vm.imagePath,
    ...(vm.initrdPath === undefined ? {} : { initrdPath: vm.initrdPath }),
    kernelParameters: vm.kernelParameters,
    size: vm.sizing.smallest,
    largest: vm.sizing.largest,
    share: vm.virtiofsd === undefined ? "nine-p" : "virtiofs",
  };
}

/** What a template of these settings would be made from; as `templateIdentity`. */
export async function templateIdentityOf(
  vm: VmSettings,
  driver: Hypervisor,
  signal?: AbortSignal,
): Promise<TemplateIdentity> {
  return templateIdentity(templateVmOf(vm), driver, clonePlace(describeMount(vm.runRoot)), signal);
}

/** What the VM that becomes a template has in common with its clones: QEMU compares every device. */
export function templateSpec(
  vm: VmSettings,
): Omit<VmSpec, "name" | "runDirectory" | "consoleLogPath" | "start" | "shares"> {
  const { size, largest, kernelPath, imagePath, initrdPath } = templateVmOf(vm);
  return {
    kernelPath,
    imagePath,
    ...(initrdPath === undefined ? {} : { initrdPath }),
    extraKernelParameters: vm.kernelParameters,
    ...size,
    largest,
    sharePorts: CLONE_SHARES,
    networkCards: CLONE_NETWORK_CARDS,
  };
}
