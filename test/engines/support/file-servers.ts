import { readdirSync, readFileSync } from "node:fs";
import { hostSnapshot } from "../../support/leaks.js";

/** What a virtiofsd has open. */
export interface FileServer {
  readonly pid: number;
  /** Descriptors. */
  readonly open: number;
  /** The most that it may have (RLIMIT_NOFILE). */
  readonly limit: number;
}

/**
 * The file server with the most descriptors.
 *
 * @param marker of the world whose servers are meant
 * @throws TypeError where there is none
 */
export function busiestFileServer(marker: string): FileServer {
  return hostSnapshot(marker, [])
    .processes.filter((line) => /\/virtiofsd /.test(line))
    .map((line) => Number.parseInt(line, 10))
    .map((pid) => ({
      pid,
      open: readdirSync(`/proc/${pid}/fd`).length,
      limit: Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1]),
    }))
    .reduce((most, each) => (each.open > most.open ? each : most));
}
