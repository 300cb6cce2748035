import { readdirSync, readFileSync } from "node:fs";
import { errnoName } from "../../src/common/error.js";

/** A process, as /proc has it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments and its environment. */
  readonly words: string;
}

/** The processes that carry a marker in their arguments or environment, and all that descend from them; not this one. */
export function markedProcesses(marker: string): number[] {
  return withDescendants(processEntries(), ({ pid, words }) => pid !== process.pid && words.includes(marker));
}

/** The processes that are chosen, and all that descend from them. */
export function withDescendants(
  entries: readonly ProcessEntry[],
  isChosen: (entry: ProcessEntry) => boolean,
): number[] {
  const found = new Set(entries.filter(isChosen).map(({ pid }) => pid));
  let before: number;
  do {
    before = found.size;
    for (const { pid, parent } of entries) if (found.has(parent)) found.add(pid);
  } while (found.size > before);
  return [...found];
}

/** All processes of the host. */
export function processEntries(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const status = readText(`/proc/${name}/status`);
      const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1];
      if (parent === undefined) return [];
      const words = readText(`/proc/${name}/cmdline`) + readText(`/proc/${name}/environ`);
      return [{ pid: Number(name), parent: Number(parent), words }];
    });
}

/** A file's text; none where its process has ended, or isn't ours to look at. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(errnoName(error) ?? "")) return "";
    throw error;
  }
}
