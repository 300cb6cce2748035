const KIB = 1024;
const MIB = 1024 * KIB;
/** Of a bounce buffer of the kernel's (IO_TLB_SHIFT). */
const SLOT_BYTES = 2 * KIB;
/** What the kernel has for the rings (kernel-config/changes/shared-memory.h). */
const RING_BYTES = 128 * KIB;
const BUFFER_BYTES = 16 * MIB;

/**
 * The part of a forked guest's memory that it shares with virtiofsd. Clear of
 * the kernel's image, which is loaded at 16 MiB and takes some 30, and low
 * enough for any machine's memory.
 */
export const SHARED_WINDOW = { start: 96 * MIB, bytes: BUFFER_BYTES + RING_BYTES } as const;

/** The parameters that have a guest's virtiofs keep to the window. */
export function windowParameters(): string[] {
  const { start, bytes } = SHARED_WINDOW;
  return [`tskata.shared=${start},${bytes}`, `swiotlb=${BUFFER_BYTES / SLOT_BYTES},force`];
}
