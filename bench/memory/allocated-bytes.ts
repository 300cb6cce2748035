import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const BLOCK_BYTES = 512;

/** What the files below a directory take of its file system, in bytes; 0 where it doesn't exist. */
export function allocatedBytes(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).reduce(
    (sum, name) => sum + statSync(join(directory, name)).blocks * BLOCK_BYTES,
    0,
  );
}
