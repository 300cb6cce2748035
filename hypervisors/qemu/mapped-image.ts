import type { VmSize, VmSpec } from "../hypervisor.js";
import { inBlocks } from "./growth.js";
import { memoryMib } from "./memory.js";

/**
 * How much of the root image is mapped into the guest, as persistent memory
 * (virtio-pmem). Undefined where the image has to be a disk: the machine has
 * no addresses for more than its memory, or the image isn't of whole blocks of
 * memory (128 MiB, as a rule), and the guest's kernel would take no memory
 * that is plugged behind it.
 *
 * @param imageBytes size of the image
 * @param room what the VM can grow to; undefined where it can't
 */
export function mappedBytes(
  imageBytes: number,
  { memoryBytes }: Pick<VmSpec, "memoryBytes">,
  room: VmSize | undefined,
): number | undefined {
  const isWhole = imageBytes > 0 && imageBytes === inBlocks(imageBytes, memoryMib(memoryBytes) * 2 ** 20);
  return isWhole && room !== undefined ? imageBytes : undefined;
}
