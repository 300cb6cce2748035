import type { Integer } from "./integer.js";

/** `vm` of config.json (config-vm.md). Paths are the host's. */
export interface Vm {
  readonly hypervisor?: VmHypervisor;
  readonly kernel: VmKernel;
  readonly image?: VmImage;
  readonly hwConfig?: VmHardware;
}

/** The VMM to start. */
export interface VmHypervisor {
  readonly path: string;
  readonly parameters?: readonly string[];
}

/** The kernel to boot. */
export interface VmKernel {
  readonly path: string;
  readonly parameters?: readonly string[];
  readonly initrd?: string;
}

/** The guest's root image. */
export interface VmImage {
  readonly path: string;
  readonly format: "raw" | "qcow2" | "vdi" | "vmdk" | "vhd";
}

/** The virtual hardware. */
export interface VmHardware {
  readonly deviceTree?: string;
  readonly vcpus?: number;
  /** Bytes. */
  readonly memory?: Integer;
  readonly dtdevs?: readonly string[];
  readonly iomems?: readonly { readonly firstGFN?: Integer; readonly firstMFN: Integer; readonly nrMFNs: Integer }[];
  readonly irqs?: readonly number[];
}
