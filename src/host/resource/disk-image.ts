import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { runCommand } from "./run-command.js";

/** Where Debian puts it (package e2fsprogs); ordinary users don't have it on PATH. */
export const MKE2FS_PATH = "/usr/sbin/mke2fs";

const BLOCK_BYTES = 4096;
const INODE_BYTES = 256;
/** Bytes of what will be written for each file that it can be in: mke2fs's own measure. */
const BYTES_PER_INODE = 16 * 1024;
/** Of the file system's own tables, in parts of its size, and what those of the smallest take. */
const TABLES_SHARE = 1 / 64;
const TABLES_BYTES = 8 * 1024 * 1024;

/** What a file system is to be made of. */
export interface DiskImage {
  /** The directory whose content is copied, with owners, modes, times, links and attributes; mounts in it as well. */
  readonly source: string;
  /** Where the image is to be; nothing is there. It takes no more of its file system than what is written to it. */
  readonly path: string;
  /** Bytes that will still be free in it. */
  readonly roomBytes: number;
}

/**
 * Makes an ext4 file system in a file: mke2fs(8). It has no journal, since nobody looks at it once its VM has ended.
 *
 * @returns its UUID, 16 bytes
 * @throws as `runCommand`, with the image partly there
 */
export async function makeDiskImage({ source, path, roomBytes }: DiskImage, signal?: AbortSignal): Promise<Uint8Array> {
  const what = `copy ${source} to a disk`;
  const count = async (...options: string[]): Promise<number> =>
    Number.parseInt(await runCommand(what, "du", ["-s", ...options, source], { ...(signal && { signal }) }), 10);
  const [contentBytes, files] = await Promise.all([count("--apparent-size", "-B1"), count("--inodes")]);
  const inodes = files + Math.ceil(roomBytes / BYTES_PER_INODE);
  const filled = contentBytes + files * BLOCK_BYTES + roomBytes + inodes * INODE_BYTES;
  const blocks = Math.ceil((filled * (1 + TABLES_SHARE) + TABLES_BYTES) / BLOCK_BYTES);
  const uuid = randomUUID();
  await (await open(path, "wx", 0o600)).close();
  const form = ["-t", "ext4", "-b", `${BLOCK_BYTES}`, "-I", `${INODE_BYTES}`, "-N", `${inodes}`, "-m", "0"];
  const options = ["-O", "^has_journal,^resize_inode", "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0"];
  const args = ["-q", "-F", ...form, ...options, "-U", uuid, "-d", source, path, `${blocks}`];
  await runCommand(what, MKE2FS_PATH, args, { ...(signal && { signal }) });
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}
