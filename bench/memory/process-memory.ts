import { readFileSync, statSync } from "node:fs";
import { errnoName } from "../../src/common/error.js";
import { parseSmaps } from "./smaps.js";

/** Of st_blocks (stat(2)). */
const BLOCK_BYTES = 512;

/**
 * The memory that the host has given to some processes: the sum of their
 * proportional set sizes, but for memfds, which count with all that is
 * allocated of them, and once: pages that were written by a process that has
 * ended are in nobody's set. What ends meanwhile counts nothing.
 *
 * @returns bytes
 */
export function memoryOf(processIds: readonly number[]): number {
  const memfds = new Map<string, number>();
  let bytes = 0;
  for (const pid of processIds) {
    try {
      const mapped = parseSmaps(readFileSync(`/proc/${pid}/smaps`, "utf8"));
      bytes += mapped.pssBytes;
      for (const { identity, range } of mapped.memfds) {
        if (memfds.has(identity)) continue;
        memfds.set(identity, statSync(`/proc/${pid}/map_files/${range}`).blocks * BLOCK_BYTES);
      }
    } catch (error) {
      if (!["ENOENT", "ESRCH"].includes(errnoName(error) ?? "")) throw error;
    }
  }
  return [...memfds.values()].reduce((sum, allocated) => sum + allocated, bytes);
}
