import type { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { NetworkCard, Tap } from "../hypervisor.js";

/** What network cards are plugged with. */
export interface NetworkCardParts {
  readonly client: QmpClient;
  /** Buses that take one card each. */
  readonly cardPorts: readonly string[];
  /** Makes a tap and writes a command to the client's connection, with the tap's descriptor along. */
  readonly sendTap: (tap: Tap, line: string, signal?: AbortSignal) => Promise<void>;
}

/** The network cards of one VM. */
export class NetworkCards {
  readonly #parts: NetworkCardParts;
  readonly #freePorts: string[];

  constructor(parts: NetworkCardParts) {
    this.#parts = parts;
    this.#freePorts = [...parts.cardPorts];
  }

  /**
   * Makes a card's tap and plugs the card.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `unsupported` where all ports are in use, `unavailable` where the tap can't be made
   */
  async plug(what: string, card: NetworkCard, signal?: AbortSignal): Promise<void> {
    const bus = this.#freePorts.shift();
    if (bus === undefined) {
      const room = `room for ${this.#parts.cardPorts.length} network cards`;
      throw new TskataError("unsupported", `${what}: the VM was started with ${room}; create the container anew`);
    }
    try {
      await this.#plugInto(bus, card, signal);
    } catch (error) {
      this.#freePorts.unshift(bus);
      throw error;
    }
  }

  async #plugInto(bus: string, card: NetworkCard, signal?: AbortSignal): Promise<void> {
    const { client, sendTap } = this.#parts;
    const { id, macAddress, tap } = card;
    const sendLine = (line: string): Promise<void> => sendTap(tap, line, signal);
    const undo = new CleanupStack();
    try {
      await client.execute("getfd", { fdname: id }, { signal, sendLine });
      await client.execute("netdev_add", { type: "tap", id, fd: id }, { signal });
      undo.defer("remove the card's other end", async () => void (await client.execute("netdev_del", { id })));
      // The option ROM is for booting from the network.
      const device = { driver: "virtio-net-pci", id, netdev: id, mac: macAddress, bus, romfile: "" };
      await client.execute("device_add", device, { signal });
    } catch (error) {
      throw await undo.unwind(error);
    }
  }
}
