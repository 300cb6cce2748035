import type { VmSize } from "../../../hypervisors/hypervisor.js";
import type { DriverOptions } from "../../../hypervisors/index.js";
import { TskataError } from "../../common/error.js";
import type { Spec } from "../../oci/config.js";
import { toSafeNumber } from "../../oci/integer.js";
import { podLimits, podRole } from "../../oci/pod-annotations.js";
import type { Vm } from "../../oci/vm.js";
import type { Configuration } from "../config/configuration.js";
import { locateArtifacts } from "../config/locate-artifacts.js";
import { BOOT_TIMEOUT_MS } from "../config/with-defaults.js";
import { chooseFileServer } from "../resource/choose-file-server.js";
import type { VmSettings } from "../sandbox/vm/vm-settings.js";
import { hostSize, vmSize, type VmSizing } from "../sandbox/vm-size.js";

/** Added to the path of the run directories: where drivers keep what they found out about this machine. */
const FACTS_SUFFIX = "-facts";
/** How long a VMM may take to answer, and longer where guests may take longer to boot than by default. */
const START_TIMEOUT_MS = 10_000;
/** Whether containers get disks. */
const DISK_USE = { auto: "where-needed", virtiofs: "never", "9p": "never", disk: "always" } as const;
/** Makes the agent serve its debug console. */
const CONSOLE_PARAMETER = "tskata.console=1";

/** What of config.json makes a difference to the VM. */
type VmSpec = Pick<Spec, "vm" | "linux" | "annotations">;

/** The drivers' settings of the configuration. */
export function driverOptions(config: Configuration): DriverOptions {
  const { user, ...settings } = config.qemu;
  const startTimeoutMs = START_TIMEOUT_MS * Math.max(1, config.guest.bootTimeoutMs / BOOT_TIMEOUT_MS);
  const factsDirectory = `${config.paths.runDir}${FACTS_SUFFIX}`;
  return {
    qemu: { ...settings, startTimeoutMs, factsDirectory, ...(user === undefined ? {} : { user }) },
    kvmtool: { ...config.kvmtool, startTimeoutMs },
    xen: config.xen,
  };
}

/**
 * The VM that the configuration asks for, and the `vm` section of config.json
 * where the configuration allows it.
 *
 * @param driver as `chooseDriver` has it
 * @param most as `machineSize` has it
 * @throws TskataError `permission` for a `vm` section that isn't allowed,
 *   `not-found` where guest or virtiofsd are missing, `unsupported` for what the section asks for and can't be had
 */
export function vmSettings(config: Configuration, driver: string, spec: VmSpec, most = hostSize()): VmSettings {
  const vm = allowedVmSection(config, spec);
  const artifacts = locateArtifacts({
    guest: {
      ...config.guest,
      ...(vm?.kernel === undefined ? {} : { kernel: vm.kernel.path }),
      ...(vm?.image === undefined ? {} : { image: vm.image.path }),
    },
  });
  const server = chooseFileServer(config.share);
  const { hypervisor, hwConfig } = vm ?? {};
  const sizing = vmSizing(config, spec, hwConfig, most);
  const { memoryBytes, vcpus } = firstSize(sizing, spec, hwConfig);
  return {
    runRoot: config.paths.runDir,
    driver,
    driverOptions: withHypervisor(driver, withPvKernel(driverOptions(config), artifacts.xenPvKernel), hypervisor),
    kernelPath: artifacts.kernel,
    imagePath: artifacts.image,
    ...(vm?.kernel.initrd === undefined ? {} : { initrdPath: vm.kernel.initrd }),
    kernelParameters: [
      ...config.guest.kernelParameters,
      ...(vm?.kernel.parameters ?? []),
      ...(config.debug.console ? [CONSOLE_PARAMETER] : []),
    ],
    memoryBytes,
    vcpus,
    sizing,
    ...(server.kind === "virtiofsd" && { virtiofsd: server.path }),
    disks: {
      use: DISK_USE[config.share.backend],
      directory: config.share.diskDir,
      roomBytes: config.share.diskRoomBytes,
    },
    bootTimeoutMs: config.guest.bootTimeoutMs,
    agentTimeoutMs: config.guest.agentTimeoutMs,
    heartbeatMs: config.guest.heartbeatMs,
    console: config.debug.console,
    // A clone has what its template had, and that has no disks.
    ...(config.template.enabled && config.share.backend !== "disk"
      ? { templateDirectory: config.paths.templateDir }
      : {}),
  };
}

/** The memory of such a VM, as it begins. */
export function vmMemoryBytes(config: Configuration, spec: VmSpec): number {
  const { hwConfig } = allowedVmSection(config, spec) ?? {};
  return firstSize(vmSizing(config, spec, hwConfig, hostSize()), spec, hwConfig).memoryBytes;
}

/** The VM that the configuration asks for, of this driver, whatever container comes. */
export function configuredVm(config: Configuration, driver: string): VmSettings {
  return vmSettings(config, driver, {});
}

/** The same VM with templates that are files, and never processes. */
export function withTemplatesAsFiles(vm: VmSettings): VmSettings {
  const { qemu } = vm.driverOptions;
  return { ...vm, driverOptions: { ...vm.driverOptions, qemu: { ...qemu, liveTemplates: false } } };
}

/**
 * From what the configuration, or the vm section, says, to all that there is. What a pod's containers may use together,
 * its VM has from the beginning, as far as there is that much.
 */
function vmSizing({ guest }: Configuration, { annotations }: VmSpec, hwConfig: Vm["hwConfig"], most: VmSize): VmSizing {
  const smallest = {
    vcpus: hwConfig?.vcpus ?? guest.vcpus,
    memoryBytes: hwConfig?.memory === undefined ? guest.memoryBytes : toSafeNumber(hwConfig.memory),
  };
  const largest = {
    vcpus: Math.max(smallest.vcpus, most.vcpus),
    memoryBytes: Math.max(smallest.memoryBytes, most.memoryBytes),
  };
  const isSandbox = podRole(annotations)?.kind === "sandbox" && hwConfig === undefined;
  return { smallest: isSandbox ? vmSize({ smallest, largest }, [podLimits(annotations)]) : smallest, largest };
}

/** What the container's limits ask for, unless the vm section does. */
function firstSize(sizing: VmSizing, { linux }: Pick<Spec, "linux">, hwConfig: Vm["hwConfig"]): VmSize {
  const size = vmSize(sizing, [linux?.resources ?? {}]);
  return {
    memoryBytes: hwConfig?.memory === undefined ? size.memoryBytes : sizing.smallest.memoryBytes,
    vcpus: hwConfig?.vcpus ?? size.vcpus,
  };
}

function allowedVmSection(config: Configuration, spec: Pick<Spec, "vm">): Vm | undefined {
  const { vm } = spec;
  if (vm === undefined) return undefined;
  if (!config.vmSection.allow) {
    throw new TskataError(
      "permission",
      "config.json has a vm section, which the configuration doesn't allow: set vm_section.allow = true, or remove it",
    );
  }
  for (const [name, value] of [
    ["vm.hwConfig.deviceTree", vm.hwConfig?.deviceTree],
    ["vm.hwConfig.dtdevs", vm.hwConfig?.dtdevs],
    ["vm.hwConfig.iomems", vm.hwConfig?.iomems],
    ["vm.hwConfig.irqs", vm.hwConfig?.irqs],
  ] as const) {
    if (value !== undefined) throw new TskataError("unsupported", `config.json asks for ${name}, which no driver has`);
  }
  if (vm.image !== undefined && vm.image.format !== "raw") {
    throw new TskataError(
      "unsupported",
      `config.json asks for a vm.image of format ${vm.image.format}; only raw works`,
    );
  }
  return vm;
}

/** With the VMM that config.json names, which is a QEMU. */
/** The built kernel of Xen's PV guests, unless the configuration names one. */
function withPvKernel(options: DriverOptions, built: string | undefined): DriverOptions {
  const pvKernel = options.xen?.pvKernel ?? built;
  return pvKernel === undefined ? options : { ...options, xen: { ...options.xen, pvKernel } };
}

function withHypervisor(driver: string, options: DriverOptions, named: Vm["hypervisor"]): DriverOptions {
  if (named === undefined) return options;
  if (driver !== "qemu") {
    const what = `config.json names a QEMU, vm.hypervisor.path ${named.path}`;
    throw new TskataError("unsupported", `${what}, but its VM is one of the driver ${driver}: remove it, or take qemu`);
  }
  return { ...options, qemu: { ...options.qemu, binary: named.path, extraArguments: named.parameters ?? [] } };
}
