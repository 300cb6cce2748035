import type { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { ShareDevice } from "../hypervisor.js";

/** Requests that a share can hold at a time. */
export const SHARE_QUEUE_SIZE = 1024;

/** The shares that are plugged into one VM. */
export class ShareDevices {
  readonly #client: QmpClient;
  readonly #freePorts: string[];
  readonly #portCount: number;

  /** @param ports buses that take one share each */
  constructor(client: QmpClient, ports: readonly string[]) {
    this.#client = client;
    this.#freePorts = [...ports];
    this.#portCount = ports.length;
  }

  /**
   * Plugs a share.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `unsupported` for a share that is QEMU's own, or where all ports are in use
   */
  async plug(what: string, share: ShareDevice, signal?: AbortSignal): Promise<void> {
    if (share.kind !== "virtiofs") {
      throw new TskataError("unsupported", `${what}: QEMU can plug shares of virtiofs only`);
    }
    const bus = this.#freePorts.shift();
    if (bus === undefined) {
      throw new TskataError("unsupported", `${what}: the VM was started with room for ${this.#portCount} shares`);
    }
    const undo = new CleanupStack();
    undo.defer("free the port", () => void this.#freePorts.unshift(bus));
    try {
      await this.#plugInto(bus, share, undo, signal);
    } catch (error) {
      throw await undo.unwind(error);
    }
  }

  async #plugInto(
    bus: string,
    { tag, socketPath }: Extract<ShareDevice, { kind: "virtiofs" }>,
    undo: CleanupStack,
    signal?: AbortSignal,
  ): Promise<void> {
    const chardev = `${bus}-socket`;
    const addr = { type: "unix", data: { path: socketPath } };
    const backend = { type: "socket", data: { addr, server: false } };
    await this.#client.execute("chardev-add", { id: chardev, backend }, { signal });
    undo.defer("hang up", async () => void (await this.#client.execute("chardev-remove", { id: chardev })));
    const device = {
      driver: "vhost-user-fs-pci",
      id: `${bus}-share`,
      bus,
      chardev,
      tag,
      "queue-size": SHARE_QUEUE_SIZE,
    };
    await this.#client.execute("device_add", device, { signal });
  }
}
