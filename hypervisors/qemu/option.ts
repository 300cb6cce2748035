import type { MachineType } from "./options.js";

/** `first,key=value,...` as QEMU's option parser wants it: commas in values are doubled. */
export function option(first: string, values: Readonly<Record<string, string | number>>): string {
  return [first, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)]
    .map((part) => part.replaceAll(",", ",,"))
    .join(",");
}

/** The name of a virtio device on the machine's bus: PCI on q35, MMIO on microvm. */
export function virtioDevice(kind: string, machine: MachineType): string {
  return machine === "q35" ? `${kind}-pci` : `${kind}-device`;
}
