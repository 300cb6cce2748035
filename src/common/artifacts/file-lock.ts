import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { TskataError } from "../error.js";

/** Exit status that flock(1) is told to use where somebody else holds the lock. */
const HELD_ELSEWHERE = 75;

/**
 * Runs `action` while this process alone holds the lock `path`, a file that
 * is made where it is missing and stays.
 *
 * The lock belongs to the open file (flock(2)): flock(1) takes it on a
 * descriptor that it inherits, and it lasts until that is closed here. So it
 * ends with this process however that ends, and can't go stale.
 *
 * @param onWait is called once, where somebody else holds the lock
 */
export async function withFileLock<T>(path: string, onWait: () => void, action: () => Promise<T>): Promise<T> {
  const file = await open(path, "a");
  try {
    if (!(await lock(path, file.fd, ["--nonblock"]))) {
      onWait();
      await lock(path, file.fd, []);
    }
    return await action();
  } finally {
    await file.close();
  }
}

async function lock(path: string, descriptor: number, flags: readonly string[]): Promise<boolean> {
  const args = ["--exclusive", "--conflict-exit-code", String(HELD_ELSEWHERE), ...flags, "3"];
  const child = spawn("flock", args, { stdio: ["ignore", "ignore", "ignore", descriptor] });
  const [code] = (await once(child, "close")) as [number | null];
  if (code === 0) return true;
  if (code === HELD_ELSEWHERE) return false;
  throw new TskataError("internal", `can't lock ${path}: flock failed with exit status ${code}`);
}
