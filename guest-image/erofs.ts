import { delimiter, join } from "node:path";
import { access, constants } from "node:fs/promises";
import { TskataError } from "../src/common/error.js";
import { fileSha256 } from "../src/common/artifacts/fingerprint.js";
import type { Inputs } from "../src/common/artifacts/fingerprint.js";
import { runTool } from "../src/common/artifacts/run-tool.js";

/**
 * How the image is made (mkfs.erofs(1)): times, owners and the file system's
 * id are fixed, extended attributes of the host are left behind. The
 * compression is a measured choice, see README.md.
 */
const MKFS_FLAGS = [
  "--quiet",
  "-T0",
  "-U7e5a7a00-0000-4000-8000-000000000001",
  "-x-1",
  "--all-root",
  "-zlz4hc,9",
  "-C65536",
] as const;

/** What the image depends on apart from its files: versions of mkfs.erofs differ in the bytes that they write. */
export async function erofsInputs(): Promise<Inputs> {
  return { flags: MKFS_FLAGS, mkfs: await fileSha256(await findProgram("mkfs.erofs")) };
}

/** Packs a directory into a read-only image. */
export async function makeErofs(tree: string, image: string): Promise<void> {
  await runTool("make the guest image", "mkfs.erofs", [...MKFS_FLAGS, image, tree]);
}

async function findProgram(name: string): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // not in this folder
    }
  }
  throw new TskataError("not-found", `${name} is not installed (package erofs-utils)`);
}
