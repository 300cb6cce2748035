import type { VmSize, VmSpec } from "../hypervisor.js";
import { memoryMib } from "../common/memory.js";
import type { Accelerator, MachineType } from "./options.js";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/**
 * How many times a VM can be given memory before it has to give some back.
 * virtiofsd maps each: the one of QEMU 7.2 can 32, those of the boot included.
 */
export const MEMORY_SLOTS = 16;
/**
 * The guest's kernel is built for 64 processors (CONFIG_NR_CPUS). To look at
 * 16 that might come takes it 50 ms of every boot without KVM, 8 take 10 ms.
 */
const MOST_VCPUS: Record<Accelerator, number> = { kvm: 64, tcg: 8 };
/** TCG's processors have 40 bits of physical address: half of that, since devices lie above the memory. */
const MOST_TCG_BYTES = 512 * GIB;

/** How large a VM can become: what QEMU is told at its start. Undefined where it can't grow. */
export function growthRoom(
  spec: Pick<VmSpec, "vcpus" | "memoryBytes" | "largest">,
  { machine, accelerator }: { readonly machine: MachineType; readonly accelerator: Accelerator },
): VmSize | undefined {
  const { largest, vcpus } = spec;
  if (largest === undefined || !canGrow(machine)) return undefined;
  const bootBytes = memoryMib(spec.memoryBytes) * MIB;
  const most = accelerator === "tcg" ? Math.min(largest.memoryBytes, MOST_TCG_BYTES) : largest.memoryBytes;
  return {
    vcpus: Math.max(vcpus, Math.min(largest.vcpus, MOST_VCPUS[accelerator])),
    memoryBytes: bootBytes + inBlocks(Math.max(0, most - bootBytes), bootBytes),
  };
}

/** Whether processors and memory can be plugged into the machine: it needs ACPI's registers for that. */
export function canGrow(machine: MachineType): boolean {
  return machine === "q35";
}

/**
 * The least that the guest's kernel can take: whole blocks, 128 MiB each, and
 * 2 GiB where it was booted with 64 GiB or more (without KVM).
 */
export function inBlocks(bytes: number, bootBytes: number): number {
  const blockBytes = bootBytes >= 64 * GIB ? 2 * GIB : 128 * MIB;
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
