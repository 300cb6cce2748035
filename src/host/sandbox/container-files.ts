import { join } from "node:path";
import { TskataError } from "../../common/error.js";
import type { SharedMount } from "../resource/shared-mount.js";
import type { AnsweringVm } from "./vm/answering-vm.js";
import type { ContainerDisks } from "./vm/container-disks.js";
import { GUEST_SHARE_PATH } from "./vm/open-share.js";

/** Where the agent mounts containers' disks, one folder each. */
const GUEST_DISKS_PATH = "/run/tskata/disks";
/** What engines make for a container alone, and let it write to: what it writes there is worth nothing to others. */
const OF_ENGINES: ReadonlySet<string> = new Set([
  "/dev/shm",
  "/dev/termination-log",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/run/.containerenv",
]);

/** The files of a container, as the host has them. */
export interface HostFiles {
  readonly id: string;
  readonly rootfs: string;
  readonly sharedMounts: readonly SharedMount[];
  /** Who sees them, where that isn't this process. */
  readonly viewer?: number | undefined;
}

/** Absolute paths of the same in the guest. */
export interface GuestFiles {
  readonly rootfsPath: string;
  /** By the mount's index. */
  readonly mountPaths: ReadonlyMap<number, string>;
  /** UUID of the file system that has to be mounted for them, where they are on a disk. */
  readonly fileSystem?: Uint8Array;
}

type SharingVm = Pick<AnsweringVm, "share" | "machine">;

/**
 * Has the guest see a container's files: by the share, or as copies on a disk of its own. On failure it sees none.
 *
 * @throws TskataError `unsupported` for what the container may write to of the host, and what would be a copy
 */
export async function giveFiles(vm: SharingVm, files: HostFiles, signal: AbortSignal): Promise<GuestFiles> {
  const { disks, directory } = vm.share;
  const { id, rootfs, sharedMounts, viewer } = files;
  if (disks === undefined) {
    return inGuest(GUEST_SHARE_PATH, await directory.addContainer(id, rootfs, sharedMounts, viewer));
  }
  refuseLosses(sharedMounts);
  const shared = await directory.addContainer(id, rootfs, sharedMounts, viewer);
  const fileSystem = await copyToDisk(vm, disks, files, signal);
  return { ...inGuest(GUEST_DISKS_PATH, shared), fileSystem };
}

/**
 * Takes them away again.
 *
 * @param mounts indices of those that were given
 */
export async function takeFiles({ share, machine }: SharingVm, id: string, mounts: Iterable<number>): Promise<void> {
  const { disks, directory } = share;
  if (disks === undefined) await directory.removeContainer(id, mounts);
  else await disks.unplug(machine, id);
}

async function copyToDisk(
  { share, machine }: SharingVm,
  disks: ContainerDisks,
  { id, sharedMounts }: HostFiles,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { directory } = share;
  try {
    return await disks.plug(machine, id, join(directory.path, id), signal);
  } finally {
    const indices = sharedMounts.map(({ index }) => index);
    await directory.removeContainer(id, indices);
  }
}

function refuseLosses(mounts: readonly SharedMount[]): void {
  for (const mount of mounts) {
    if ("overlay" in mount || OF_ENGINES.has(mount.destination)) continue;
    if (mount.access === "ro" || mount.access === "rro") continue;
    throw new TskataError(
      "unsupported",
      `bind mount at ${mount.destination}: the container's files are copies on a disk, and what it writes to ${mount.source} would be lost; ` +
        "mount it read-only, or share files otherwise (share.backend)",
    );
  }
}

function inGuest(
  root: string,
  shared: { readonly rootfs: string; readonly binds: ReadonlyMap<number, string> },
): GuestFiles {
  return {
    rootfsPath: join(root, shared.rootfs),
    mountPaths: new Map([...shared.binds].map(([index, path]) => [index, join(root, path)])),
  };
}
