import { open, type FileHandle } from "node:fs/promises";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import type { HostUser, VmSpec } from "../hypervisor.js";
import { bootFileUnusable } from "../common/host-errors.js";
import { bootFilePrivate } from "./errors.js";

/** The files that a VM boots from, open for reading. */
export interface BootFiles {
  /** In the order in which QEMU inherits them, from KERNEL_FD; undefined for one that there isn't. */
  readonly descriptors: readonly (number | undefined)[];
  close(): Promise<void>;
}

/**
 * Opens kernel, image and initial RAM disk with this process's rights, so that QEMU's user needs
 * no way to their paths, which may lie in root's home.
 *
 * @param user whom QEMU runs as; undefined for no change. It opens the descriptor once more, which takes read
 *   permission on the file itself.
 * @throws TskataError `not-found` or `permission`
 */
export async function openBootFiles(
  spec: Pick<VmSpec, "kernelPath" | "imagePath" | "initrdPath">,
  user: HostUser | undefined,
): Promise<BootFiles> {
  const undo = new CleanupStack();
  try {
    const handles: (FileHandle | undefined)[] = [];
    for (const [what, path] of [
      ["kernel", spec.kernelPath],
      ["image", spec.imagePath],
      ["initial RAM disk", spec.initrdPath],
    ] as const) {
      if (path === undefined) {
        handles.push(undefined);
        continue;
      }
      const handle = await open(path).catch((error: unknown) => {
        throw bootFileUnusable(what, path, error);
      });
      undo.defer(`close ${path}`, () => handle.close());
      if (user !== undefined && !(await isReadableBy(handle, user))) throw bootFilePrivate(path, user);
      handles.push(handle);
    }
    return {
      descriptors: handles.map((handle) => handle?.fd),
      close: async () => {
        for (const handle of handles) await handle?.close();
      },
    };
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function isReadableBy(handle: FileHandle, { uid, gid }: HostUser): Promise<boolean> {
  const { uid: owner, gid: group, mode } = await handle.stat();
  // Only the first class that fits counts, as in path_resolution(7).
  if (owner === uid) return (mode & 0o400) !== 0;
  return (mode & (group === gid ? 0o040 : 0o004)) !== 0;
}
