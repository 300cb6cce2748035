import { TskataError } from "../../src/common/error.js";
import type { Disk } from "../hypervisor.js";
import type { Toolstack } from "./toolstack.js";

/** What disks are plugged with. */
export interface DiskParts {
  readonly toolstack: Toolstack;
  /** The domain's name. */
  readonly domain: string;
  /** How many the VM was started for. */
  readonly room: number;
}

/** The letters of xvdb to xvdz; xvda is the root image. */
const LETTERS = "bcdefghijklmnopqrstuvwxyz";

/** The disks that are plugged into one domain. */
export class Disks {
  readonly #parts: DiskParts;
  /** Names of the guest's devices by the disks' ids. */
  readonly #plugged = new Map<string, string>();

  constructor(parts: DiskParts) {
    this.#parts = parts;
  }

  /**
   * Plugs a disk: by libxl's block script, a loop device of domain 0. See xl-disk-configuration(5).
   *
   * @param what what is asked for, for errors
   * @throws TskataError `unsupported` where there is no room, `unavailable` where it can't be done
   */
  async plug(what: string, { id, path }: Disk, signal?: AbortSignal): Promise<void> {
    const { toolstack, domain, room } = this.#parts;
    const used = new Set(this.#plugged.values());
    const name = [...LETTERS].map((letter) => `xvd${letter}`).find((each) => !used.has(each));
    if (this.#plugged.size >= room || name === undefined) {
      throw new TskataError("unsupported", `${what}: the VM was started with room for ${room} disks`);
    }
    this.#plugged.set(id, name);
    try {
      const disk = `format=raw,vdev=${name},access=rw,target=${path}`;
      await toolstack.xl(what, ["block-attach", domain, disk], { signal });
    } catch (error) {
      this.#plugged.delete(id);
      throw error;
    }
  }

  /**
   * Has the guest give a disk back; its loop device goes with it.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `not-found`, and as `Toolstack.xl`
   */
  async unplug(what: string, id: string, signal?: AbortSignal): Promise<void> {
    const { toolstack, domain } = this.#parts;
    const name = this.#plugged.get(id);
    if (name === undefined) throw new TskataError("not-found", `${what}: no such disk is plugged`);
    await toolstack.xl(what, ["block-detach", domain, name], { signal });
    this.#plugged.delete(id);
  }
}
