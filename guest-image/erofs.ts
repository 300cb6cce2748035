import { delimiter, join } from "node:path";
import { access, constants, rm, stat, truncate, writeFile } from "node:fs/promises";
import { TskataError } from "../src/common/error.js";
import { fileSha256 } from "../scripts/artifacts/fingerprint.js";
import type { Inputs } from "../scripts/artifacts/fingerprint.js";
import { runTool } from "../scripts/artifacts/run-tool.js";

/**
 * How the image is made (mkfs.erofs(1)): times, owners and the file system's
 * id are fixed, extended attributes of the host are left behind. What is
 * compressed, and how, is a measured choice, see README.md.
 */
const MKFS_FLAGS = [
  "--quiet",
  "-T0",
  "-U7e5a7a00-0000-4000-8000-000000000001",
  "-x-1",
  "--all-root",
  // tails of files apart from their inodes, or they can't be mapped
  "-Enoinline_data",
  "-zlz4hc,9",
  "-C65536",
] as const;

/** What isn't compressed, since every guest runs it: it is run where it is. Regular expressions. */
const PLAIN_FILES = [
  "^usr/bin/node$",
  "^usr/libexec/tskata/",
  "^usr/sbin/init$",
  "^usr/lib64/",
  "^usr/lib/x86_64-linux-gnu/(libc|libm|libdl|libpthread|libgcc_s|libstdc\\+\\+)\\.so",
] as const;

/** Whole blocks of a guest's memory: an image of such can be mapped into one. */
const BLOCK_BYTES = 128 * 1024 * 1024;

/** What the image depends on apart from its files: versions of mkfs.erofs differ in the bytes that they write. */
export async function erofsInputs(): Promise<Inputs> {
  return {
    flags: MKFS_FLAGS,
    plain: PLAIN_FILES,
    block: BLOCK_BYTES,
    mkfs: await fileSha256(await findProgram("mkfs.erofs")),
  };
}

/** Packs a directory into a read-only image of whole blocks of memory. */
export async function makeErofs(tree: string, image: string): Promise<void> {
  const hints = `${image}.hints`;
  await writeFile(hints, PLAIN_FILES.map((pattern) => `0 ${pattern}\n`).join(""));
  await runTool("make the guest image", "mkfs.erofs", [...MKFS_FLAGS, `--compress-hints=${hints}`, image, tree]);
  await rm(hints);
  const { size } = await stat(image);
  await truncate(image, Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES);
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
