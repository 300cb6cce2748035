import { chmod, copyFile, lstat, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HostFile } from "./shared-libraries.js";

/** Folders that are empty in the image: mount points of init. */
const MOUNT_POINTS = ["/proc", "/sys", "/dev", "/run", "/tmp"];

/** Top-level folders are links into /usr, as on every Debian. */
const LINKS: Readonly<Record<string, string>> = {
  "/bin": "usr/bin",
  "/sbin": "usr/sbin",
  "/lib": "usr/lib",
  "/lib64": "usr/lib64",
};

/** Just enough for getpwuid(3) of root and names of this machine. */
const TEXT_FILES: Readonly<Record<string, string>> = {
  "/etc/passwd": "root:x:0:0:root:/:/sbin/nologin\n",
  "/etc/group": "root:x:0:\n",
  "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

/** Folder of the agent and of its launcher in the image. */
export const AGENT_FOLDER = "/usr/libexec/tskata";
/** Path of the agent's bundle in the image. */
export const AGENT_BUNDLE = `${AGENT_FOLDER}/agent.cjs`;
/** Path of the guest's Node in the image. */
export const NODE_PROGRAM = "/usr/bin/node";

/** A file of the image that is made by the build. */
export interface GeneratedFile {
  /** Absolute path in the image. */
  target: string;
  contents: string | Uint8Array;
}

/**
 * Lays out the guest's root file system.
 *
 * @param tree an existing directory, which becomes `/`
 * @param programs executables and libraries, copied
 * @param generated files without the right to execute
 */
export async function layOutTree(
  tree: string,
  programs: readonly HostFile[],
  generated: readonly GeneratedFile[],
): Promise<void> {
  for (const path of MOUNT_POINTS) await mkdir(join(tree, path), { recursive: true });
  for (const [path, target] of Object.entries(LINKS)) {
    await mkdir(join(tree, target), { recursive: true });
    await symlink(target, join(tree, path));
  }
  for (const { source, target } of programs) {
    await mkdir(dirname(join(tree, target)), { recursive: true });
    await copyFile(source, join(tree, target));
    await chmod(join(tree, target), 0o755);
  }
  const texts = Object.entries(TEXT_FILES).map(([target, contents]) => ({ target, contents }));
  for (const { target, contents } of [...texts, ...generated]) {
    await mkdir(dirname(join(tree, target)), { recursive: true });
    await writeFile(join(tree, target), contents);
    await chmod(join(tree, target), 0o644);
  }
  await fixDirectoryModes(tree);
}

/** Whatever umask the build runs under, the image is the same. */
async function fixDirectoryModes(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if ((await lstat(path)).isDirectory()) await fixDirectoryModes(path);
  }
}
