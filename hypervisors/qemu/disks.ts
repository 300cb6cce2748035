import type { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { Disk } from "../hypervisor.js";
import { unplugDevice } from "./unplug-device.js";

/** What disks are plugged with. */
export interface DiskParts {
  readonly client: QmpClient;
  /** Buses that take one disk each. */
  readonly ports: readonly string[];
  /** Opens a file and writes a command to the client's connection, with the file's descriptor along. */
  readonly sendFile: (path: string, line: string, signal?: AbortSignal) => Promise<void>;
}

/** Where a disk is plugged. */
interface Plugged {
  readonly bus: string;
  /** Number of QEMU's set of descriptors that its file is in. */
  readonly files: number;
}

/** The disks that are plugged into one VM. */
export class Disks {
  readonly #parts: DiskParts;
  readonly #freePorts: string[];
  /** By the disk's id. */
  readonly #plugged = new Map<string, Plugged>();

  constructor(parts: DiskParts) {
    this.#parts = parts;
    this.#freePorts = [...parts.ports];
  }

  /**
   * Plugs a disk, whose file QEMU itself could not open.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `unsupported` where all ports are in use, `unavailable` where the file can't be opened
   */
  async plug(what: string, disk: Disk, signal?: AbortSignal): Promise<void> {
    const bus = this.#freePorts.shift();
    if (bus === undefined) {
      throw new TskataError(
        "unsupported",
        `${what}: the VM was started with room for ${this.#parts.ports.length} disks`,
      );
    }
    const undo = new CleanupStack();
    undo.defer("free the port", () => void this.#freePorts.unshift(bus));
    try {
      this.#plugged.set(disk.id, { bus, files: await this.#plugInto(bus, disk, undo, signal) });
    } catch (error) {
      throw await undo.unwind(error);
    }
  }

  /**
   * Has the guest give a disk back, and closes its file.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `not-found`, and as `unplugDevice`
   */
  async unplug(what: string, id: string, signal?: AbortSignal): Promise<void> {
    const { client } = this.#parts;
    const plugged = this.#plugged.get(id);
    if (plugged === undefined) throw new TskataError("not-found", `${what}: no such disk is plugged`);
    await unplugDevice(client, what, id, signal);
    await client.execute("blockdev-del", { "node-name": id }, { signal });
    await client.execute("remove-fd", { "fdset-id": plugged.files }, { signal });
    this.#plugged.delete(id);
    this.#freePorts.push(plugged.bus);
  }

  async #plugInto(bus: string, { id, path }: Disk, undo: CleanupStack, signal?: AbortSignal): Promise<number> {
    const { client, sendFile } = this.#parts;
    const sendLine = (line: string): Promise<void> => sendFile(path, line, signal);
    const { "fdset-id": files } = await client.execute("add-fd", {}, { signal, sendLine });
    undo.defer("close the disk's file", async () => void (await client.execute("remove-fd", { "fdset-id": files })));
    // It goes with its VM: there is nothing to be kept by a flush.
    const cache = { direct: false, "no-flush": true };
    const file = { driver: "file", filename: `/dev/fdset/${files}`, locking: "off", cache } as const;
    await client.execute("blockdev-add", { ...file, "node-name": id }, { signal });
    undo.defer("forget the disk", async () => void (await client.execute("blockdev-del", { "node-name": id })));
    // By itself QEMU halts a guest whose disk finds no room on the host.
    const device = { driver: "virtio-blk-pci", id, drive: id, bus, werror: "report", rerror: "report" };
    await client.execute("device_add", device, { signal });
    return files;
  }
}
