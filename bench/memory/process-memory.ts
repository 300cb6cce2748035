import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { templateFilesIn } from "../../hypervisors/qemu/template-files.js";
import { errnoName } from "../../src/common/error.js";
import { type Mapping, parseSmaps } from "./smaps.js";

/** Of st_blocks (stat(2)). */
const BLOCK_BYTES = 512;
/** What is counted of a VM's memory, apart from the rest of its process. */
const GUEST = "guest";
const TEMPLATE_MEMORY = templateFilesIn("/").memory;

/**
 * The memory that the host has given to some processes, by their programs: the
 * sums of their proportional set sizes, but for memfds, which count with all
 * that is allocated of them, and once: pages that were written by a process that
 * has ended are in nobody's set. What is the memory of a guest counts apart.
 * What ends meanwhile counts nothing.
 *
 * @returns bytes of each program, and of `guest`
 */
export function memoryParts(processIds: readonly number[]): Map<string, number> {
  const parts = new Map<string, number>();
  const memfds = new Set<string>();
  const add = (part: string, bytes: number): void => void parts.set(part, (parts.get(part) ?? 0) + bytes);
  for (const pid of processIds) {
    try {
      const program = programOf(pid);
      for (const mapping of parseSmaps(readFileSync(`/proc/${pid}/smaps`, "utf8"))) {
        if (!isMemfd(mapping)) add(isTemplate(mapping) ? GUEST : program, mapping.pssBytes);
        else if (!memfds.has(mapping.identity)) {
          add(GUEST, statSync(`/proc/${pid}/map_files/${mapping.range}`).blocks * BLOCK_BYTES);
          memfds.add(mapping.identity);
        }
      }
    } catch (error) {
      if (!["ENOENT", "ESRCH"].includes(errnoName(error) ?? "")) throw error;
    }
  }
  return parts;
}

/** The sum of parts, in bytes. */
export function sumOf(parts: ReadonlyMap<string, number>): number {
  return [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function isMemfd({ path }: Mapping): boolean {
  return path.startsWith("/memfd:");
}

/** Mapped privately: what the guest writes is its own. */
function isTemplate({ path }: Mapping): boolean {
  return path.endsWith(TEMPLATE_MEMORY);
}

/** Its name, of Node the name of the script. */
function programOf(pid: number): string {
  const [program = "", script = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return basename(basename(program) === "node" ? script : program);
}
