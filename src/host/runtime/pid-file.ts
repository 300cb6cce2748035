import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { messageOf, TskataError } from "../../common/error.js";

/**
 * Writes a process id where an engine waits for it, whole or not at all.
 *
 * @throws TskataError `permission` where the file can't be written
 */
export function writePidFile(path: string, pid: number): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(temporary, String(pid), { mode: 0o644 });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new TskataError("permission", `write the pid file ${path}: ${messageOf(cause)}`, { cause });
  }
}
