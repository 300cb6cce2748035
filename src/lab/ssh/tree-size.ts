import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";

const BLOCK_BYTES = 4096;
const TAR_BLOCK_BYTES = 512;

/** How much there is of some files and directories. */
export interface TreeSize {
  /** Files, directories and all else. */
  readonly entries: number;
  /** On a disk with blocks of 4 KiB. */
  readonly diskBytes: number;
  /** In an archive of tar(1), without its end. */
  readonly archiveBytes: number;
}

/**
 * Adds up files and directories with all that is in them; links are not followed.
 *
 * @param paths relative to `base`
 * @throws TskataError `not-found` for one that isn't there, `permission` where it can't be read
 */
export async function treeSize(base: string, paths: readonly string[]): Promise<TreeSize> {
  const size = { entries: 0, diskBytes: 0, archiveBytes: 0 };
  const add = async (path: string): Promise<void> => {
    const stats = await lstat(path);
    const bytes = stats.isFile() ? stats.size : 0;
    size.entries += 1;
    size.diskBytes += roundUp(Math.max(bytes, stats.isFile() ? 0 : 1), BLOCK_BYTES);
    size.archiveBytes += TAR_BLOCK_BYTES + roundUp(bytes, TAR_BLOCK_BYTES);
    if (stats.isDirectory()) for (const name of await readdir(path)) await add(join(path, name));
  };
  try {
    for (const path of paths) await add(join(base, path));
  } catch (cause) {
    const code = errnoName(cause) === "ENOENT" ? "not-found" : "permission";
    throw new TskataError(code, `files to send: ${messageOf(cause)}`, { cause });
  }
  return size;
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
