import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { withDeadline } from "../../common/deadline.js";
import { errnoName, TskataError } from "../../common/error.js";
import { pollUntil } from "../../common/poll-until.js";

/** How long a disk that was plugged may take to be there, in milliseconds. */
const DISK_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** Of ext4's superblock (Documentation/filesystems/ext4/super.rst): where it begins, and where its UUID is in it. */
const SUPERBLOCK_OFFSET = 1024;
const UUID_OFFSET = 0x68;
const UUID_BYTES = 16;

/** What a disk that is going away, or has nothing in it, can't be opened or read with. */
const NO_DISK = new Set(["ENOENT", "ENXIO", "ENODEV", "ENOMEDIUM", "EIO"]);

/** Where the kernel shows its disks; tests have others. */
export interface DiskPlaces {
  /** A name for each. */
  readonly names: string;
  /** A device node for each. */
  readonly devices: string;
}

const GUEST_PLACES: DiskPlaces = { names: "/sys/block", devices: "/dev" };

/**
 * Finds a disk by the file system on it, and waits for it.
 *
 * @param fileSystem UUID of an ext4 file system
 * @returns the path of its device node
 * @throws TskataError `invalid-argument` for what is no UUID, `deadline` where it doesn't come
 */
export async function findDisk(
  fileSystem: Uint8Array,
  places: DiskPlaces = GUEST_PLACES,
  timeoutMs = DISK_TIMEOUT_MS,
): Promise<string> {
  if (fileSystem.length !== UUID_BYTES) {
    throw new TskataError("invalid-argument", `a disk is found by a UUID of 16 bytes, not of ${fileSystem.length}`);
  }
  let path = "";
  const isThere = async (): Promise<boolean> => (path = await diskOf(fileSystem, places)) !== "";
  await withDeadline("wait for the container's disk", timeoutMs, (signal) => pollUntil(isThere, LOOK_EVERY_MS, signal));
  return path;
}

/** Empty where there is none. */
async function diskOf(fileSystem: Uint8Array, { names, devices }: DiskPlaces): Promise<string> {
  for (const name of await readdir(names)) {
    const path = join(devices, name);
    if ((await uuidOn(path))?.equals(fileSystem) === true) return path;
  }
  return "";
}

async function uuidOn(path: string): Promise<Buffer | undefined> {
  let device: FileHandle | undefined;
  try {
    device = await open(path, "r");
    const place = SUPERBLOCK_OFFSET + UUID_OFFSET;
    const { buffer, bytesRead } = await device.read(Buffer.alloc(UUID_BYTES), 0, UUID_BYTES, place);
    return bytesRead === UUID_BYTES ? buffer : undefined;
  } catch (error) {
    if (NO_DISK.has(errnoName(error) ?? "")) return undefined;
    throw error;
  } finally {
    await device?.close();
  }
}
