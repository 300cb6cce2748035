import { mkdir } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { TskataError } from "../../../common/error.js";
import type { Mount } from "../api/gen/well-known/common_pb.js";
import { makeMount } from "./make-mount.js";
import { makeMappedMount } from "./mapped-mount.js";
import { takeMappedOwners } from "./mapped-owners.js";
import { unmountRootfs } from "./unmount-rootfs.js";

/**
 * Makes the mounts of a root filesystem, in this process's own mount namespace: they vanish with it.
 *
 * @param bindMount our program that makes bind mounts
 * @throws TskataError `internal` with what mount(8) says, `invalid-argument` for options that can't be; then none of them
 *   is left
 */
export async function mountRootfs(mounts: readonly Mount[], rootfs: string, bindMount: string): Promise<void> {
  if (mounts.length === 0) return;
  await mkdir(rootfs, { recursive: true });
  let made = 0;
  try {
    for (const mount of mounts) {
      const target = mount.target === "" ? rootfs : within(rootfs, mount.target);
      const { options, owners } = takeMappedOwners(mount.options);
      if (owners === undefined) await makeMount(mount, target);
      else await makeMappedMount({ ...mount, options: [...options] }, target, owners, bindMount);
      made += 1;
    }
  } catch (error) {
    if (made > 0) await unmountRootfs(rootfs);
    throw error;
  }
}

function within(rootfs: string, target: string): string {
  const path = join(rootfs, target);
  if (isAbsolute(target) || !path.startsWith(`${rootfs}/`)) {
    throw new TskataError("invalid-argument", `mount the root filesystem: ${target} is not below it`);
  }
  return path;
}
