import { readFileSync } from "node:fs";
import { errnoName } from "./error.js";

/**
 * Memory of a process that is no file's, in bytes: RssAnon of proc_pid_status(5).
 *
 * @returns undefined where the process is gone; one that has ended and is not reaped has no memory either
 */
export function anonymousBytes(pid: number): number | undefined {
  try {
    const kib = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch (error) {
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ESRCH") return undefined;
    throw error;
  }
}
