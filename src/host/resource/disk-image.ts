import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, rmdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { TskataError } from "../../common/error.js";
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

/**
 * Runs a program of the system's with nothing else to see than the system's programs, a tree and a directory for its
 * output: whoever can change the tree meanwhile could make a link of a folder that the program is about to enter.
 * Arguments: a directory for the root, the tree, the output's directory, and the command, for which these two are /tree
 * and /images.
 */
const ENCLOSED = `
  mount -t tmpfs -o mode=755 tmpfs "$1"
  for name in bin lib lib32 lib64 libx32 sbin usr; do
    if [ -L "/$name" ]; then cp -P "/$name" "$1/$name"
    elif [ -d "/$name" ]; then mkdir "$1/$name"; mount --rbind "/$name" "$1/$name"
    fi
  done
  mkdir "$1/tree" "$1/images"
  mount --rbind "$2" "$1/tree"
  mount --bind "$3" "$1/images"
  root=$1
  shift 3
  exec unshare --root="$root" -- "$@"`;

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
 * @throws TskataError `not-found` where mke2fs is missing; as `runCommand`, with the image partly there
 */
export async function makeDiskImage({ source, path, roomBytes }: DiskImage, signal?: AbortSignal): Promise<Uint8Array> {
  const what = `copy ${source} to a disk`;
  if (!existsSync(MKE2FS_PATH)) {
    throw new TskataError("not-found", `${what}: ${MKE2FS_PATH} is missing; install the package e2fsprogs`);
  }
  const count = async (...options: string[]): Promise<number> =>
    Number.parseInt(await runCommand(what, "du", ["-s", ...options, source], { signal }), 10);
  const [contentBytes, files] = await Promise.all([count("--apparent-size", "-B1"), count("--inodes")]);
  const inodes = files + Math.ceil(roomBytes / BYTES_PER_INODE);
  const filled = contentBytes + files * BLOCK_BYTES + roomBytes + inodes * INODE_BYTES;
  const blocks = Math.ceil((filled * (1 + TABLES_SHARE) + TABLES_BYTES) / BLOCK_BYTES);
  const uuid = randomUUID();
  await (await open(path, "wx", 0o600)).close();
  const form = ["-t", "ext4", "-b", `${BLOCK_BYTES}`, "-I", `${INODE_BYTES}`, "-N", `${inodes}`, "-m", "0"];
  const options = ["-O", "^has_journal,^resize_inode", "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0"];
  const args = [...form, ...options, "-U", uuid, "-d", "/tree", `/images/${basename(path)}`, `${blocks}`];
  await runEnclosed(what, { source, path }, [MKE2FS_PATH, "-q", "-F", ...args], signal);
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}

async function runEnclosed(
  what: string,
  { source, path }: Pick<DiskImage, "source" | "path">,
  command: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const root = `${path}.root`;
  await mkdir(root);
  try {
    const enter = ["--mount", "--propagation", "slave", "--", "sh", "-euc", ENCLOSED, "sh"];
    await runCommand(what, "unshare", [...enter, root, source, dirname(path), ...command], { signal });
  } finally {
    await rmdir(root);
  }
}
