import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { VirtualMachine } from "../../../../hypervisors/hypervisor.js";
import { makeDiskImage } from "../../resource/disk-image.js";

/** How many a VM has room for. */
export const CONTAINER_DISKS = 8;

/** A VM that disks can be plugged into. */
export type PluggableVm = Pick<VirtualMachine, "plugDisk" | "unplugDisk">;

/** Disks with containers' files, one each, of one VM. Their images lie in a directory until they are plugged. */
export class ContainerDisks {
  readonly #directory: string;
  readonly #roomBytes: number;
  /** Ids of disks by those of containers. */
  readonly #plugged = new Map<string, string>();
  #made = 0;

  private constructor(directory: string, roomBytes: number) {
    this.#directory = directory;
    this.#roomBytes = roomBytes;
  }

  /**
   * Makes the directory.
   *
   * @param link where a link to it is to be, for whoever cleans up after a crash
   * @param roomBytes that a container may write to its disk
   */
  static async open(directory: string, link: string, roomBytes: number): Promise<ContainerDisks> {
    await symlink(directory, link);
    await mkdir(directory, { mode: 0o700 });
    return new ContainerDisks(directory, roomBytes);
  }

  /** Removes what is left of the images. */
  async close(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /**
   * Copies a directory to a disk and plugs that.
   *
   * @returns UUID of its file system
   * @throws as `makeDiskImage`, and as the machine's `plugDisk`
   */
  async plug(machine: PluggableVm, containerId: string, source: string, signal: AbortSignal): Promise<Uint8Array> {
    const id = `disk${(this.#made += 1)}`;
    const path = join(this.#directory, id);
    try {
      const fileSystem = await makeDiskImage({ source, path, roomBytes: this.#roomBytes }, signal);
      await machine.plugDisk({ id, path }, signal);
      this.#plugged.set(containerId, id);
      return fileSystem;
    } finally {
      // Who has it plugged has it open.
      await rm(path, { force: true });
    }
  }

  /** Takes a container's disk away again: as the machine's `unplugDisk`. */
  async unplug(machine: PluggableVm, containerId: string): Promise<void> {
    const id = this.#plugged.get(containerId);
    if (id === undefined) return;
    await machine.unplugDisk(id);
    this.#plugged.delete(containerId);
  }
}
