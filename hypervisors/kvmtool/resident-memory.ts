import { readFile } from "node:fs/promises";
import { errnoName } from "../../src/common/error.js";
import { vmGone } from "../common/vm-errors.js";

/**
 * Memory of its own that a process has, in MiB: RssAnon of proc_pid_status(5). A guest's memory in lkvm is such memory.
 *
 * @param what what is asked for, for the error
 * @throws TskataError `unavailable` where the process is gone
 */
export async function residentMib(what: string, pid: number): Promise<number> {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(await statusOf(what, pid))?.[1];
  // A process that has ended and is not reaped has no memory.
  if (kib === undefined) throw vmGone(what);
  return Math.ceil(Number(kib) / 1024);
}

async function statusOf(what: string, pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/status`, "utf8");
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes(errnoName(error) ?? "")) throw error;
    throw vmGone(what, error);
  }
}
