import { posix } from "node:path";
import { isBindMount } from "../../oci/is-bind-mount.js";
import type { Mount } from "../../oci/mount.js";
import type { Operation } from "../kernel/operation.js";
import type { BindSource } from "./mounts.js";

/**
 * The operations that make the mount points of bind mounts anew where somebody
 * has removed them since a checkpoint: in the root filesystem, or in the source
 * of the bind mount that they are in. Those on other mounts are in the checkpoint.
 *
 * @param rootfsPath where the guest sees the root filesystem
 * @param sources by the mount's index
 */
export function mountPointOperations(
  mounts: readonly Mount[],
  rootfsPath: string,
  sources: ReadonlyMap<number, BindSource>,
): Operation[] {
  return mounts.flatMap((mount, index): Operation[] => {
    const source = sources.get(index);
    if (source === undefined || !isBindMount(mount)) return [];
    const destination = posix.resolve("/", mount.destination);
    const around = mounts.slice(0, index).findLastIndex((each) => isBelow(destination, each.destination));
    const base = around === -1 ? rootfsPath : sources.get(around)?.path;
    if (base === undefined) return [];
    const path = around === -1 ? destination : destination.slice(mounts[around]?.destination.length);
    const point: Operation = source.isDirectory
      ? { op: "make-directory", path, mode: 0o755 }
      : { op: "make-file", path, mode: 0o644 };
    return [{ op: "set-root", path: base }, point, { op: "leave-root" }];
  });
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${posix.resolve("/", directory).replace(/\/$/, "")}/`);
}
