import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { TskataError } from "../../common/error.js";

/** Exit status that flock(1) is told to use where somebody else holds the lock. */
const HELD_ELSEWHERE = 75;

/**
 * Takes the lock of a pool until this process ends, however it does: the lock
 * belongs to the open file (flock(2)), on which flock(1) takes it.
 *
 * @param path of a file that is made where it is missing
 * @returns false where another process has it
 */
export async function lockPool(path: string): Promise<boolean> {
  const fd = openSync(path, "a", 0o600);
  const args = ["--exclusive", "--nonblock", "--conflict-exit-code", String(HELD_ELSEWHERE), "3"];
  const child = spawn("flock", args, { stdio: ["ignore", "ignore", "ignore", fd] });
  const [status] = (await once(child, "exit")) as [number | null];
  if (status === 0) return true;
  if (status === HELD_ELSEWHERE) return false;
  throw new TskataError("internal", `lock ${path}: flock ended with status ${status}`);
}
