import { readFile } from "node:fs/promises";
import { TskataError } from "../../src/common/error.js";

const MIB = 1024 * 1024;
/** Kernel, Node and agent do not start with less. */
const LEAST_MEMORY_MIB = 96;

/** Memory that a VMM is asked for: whole MiB, at least what was wanted. */
export function memoryMib(memoryBytes: number): number {
  return Math.ceil(memoryBytes / MIB);
}

/**
 * Refuses a VM whose memory can't be had, which a VMM would do with a worse
 * message, or later.
 *
 * @throws as `requireLeastMemory`, and TskataError `resource` where the host has not that much
 */
export async function requireMemory(memoryBytes: number, meminfoPath = "/proc/meminfo"): Promise<void> {
  requireLeastMemory(memoryBytes);
  const wantedMib = memoryMib(memoryBytes);
  const freeMib = availableMib(await readFile(meminfoPath, "utf8"));
  if (wantedMib > freeMib) {
    throw new TskataError(
      "resource",
      `a VM with ${wantedMib} MiB of memory can't start: this machine has ${freeMib} MiB left`,
    );
  }
}

/**
 * Refuses a VM that nothing could run in.
 *
 * @throws TskataError `invalid-argument` for too little memory
 */
export function requireLeastMemory(memoryBytes: number): void {
  const wantedMib = memoryMib(memoryBytes);
  if (wantedMib < LEAST_MEMORY_MIB) {
    throw new TskataError(
      "invalid-argument",
      `a VM with ${wantedMib} MiB of memory can't start: at least ${LEAST_MEMORY_MIB} MiB are needed`,
    );
  }
}

/**
 * Refuses to give a VM memory that can't be had.
 *
 * @param what what is asked for, for the error
 * @throws TskataError `resource`
 */
export async function requireFreeMemory(
  what: string,
  memoryBytes: number,
  meminfoPath = "/proc/meminfo",
): Promise<void> {
  const freeMib = availableMib(await readFile(meminfoPath, "utf8"));
  if (memoryMib(memoryBytes) <= freeMib) return;
  throw new TskataError("resource", `${what}: this machine has ${freeMib} MiB left`);
}

/** What new processes could get without harm: available memory and free swap. See proc_meminfo(5). */
function availableMib(meminfo: string): number {
  const kib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0);
  return Math.floor((kib("MemAvailable") + kib("SwapFree")) / 1024);
}
