import type { QmpClient } from "qemu-qmp-client";
import { CleanupStack } from "../../src/common/cleanup-stack.js";
import { TskataError } from "../../src/common/error.js";
import type { NetworkCard, Tap } from "../hypervisor.js";
import { unplugDevice } from "./unplug-device.js";

/** What network cards are plugged with. */
export interface NetworkCardParts {
  readonly client: QmpClient;
  /** Buses that take one card each. */
  readonly cardPorts: readonly string[];
  /** Makes a tap and writes a command to the client's connection, with the tap's descriptor along. */
  readonly sendTap: (tap: Tap, line: string, signal?: AbortSignal) => Promise<void>;
  /** Writes a command, with an open /dev/vhost-net along; undefined where QEMU moves packets itself. */
  readonly sendVhost: ((line: string, signal?: AbortSignal) => Promise<void>) | undefined;
}

/** The network cards of one VM. */
export class NetworkCards {
  readonly #parts: NetworkCardParts;
  readonly #freePorts: string[];
  /** By the card's id. */
  readonly #usedPorts = new Map<string, string>();

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
      this.#usedPorts.set(card.id, bus);
    } catch (error) {
      this.#freePorts.unshift(bus);
      throw error;
    }
  }

  /**
   * Has the guest give a card back, and removes its tap.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `not-found`, and as `unplugged`
   */
  async unplug(what: string, id: string, signal?: AbortSignal): Promise<void> {
    const { client } = this.#parts;
    const bus = this.#usedPorts.get(id);
    if (bus === undefined) throw new TskataError("not-found", `${what}: no such card is plugged`);
    await unplugDevice(client, what, id, signal);
    await client.execute("netdev_del", { id }, { signal });
    this.#usedPorts.delete(id);
    this.#freePorts.push(bus);
  }

  async #plugInto(bus: string, card: NetworkCard, signal?: AbortSignal): Promise<void> {
    const { client, sendTap, sendVhost } = this.#parts;
    const { id, macAddress, tap } = card;
    const sendLine = (line: string): Promise<void> => sendTap(tap, line, signal);
    const undo = new CleanupStack();
    try {
      await client.execute("getfd", { fdname: id }, { signal, sendLine });
      const vhost = sendVhost === undefined ? {} : { vhost: true, vhostfd: `${id}-vhost` };
      if (sendVhost !== undefined) {
        const send = (line: string): Promise<void> => sendVhost(line, signal);
        await client.execute("getfd", { fdname: `${id}-vhost` }, { signal, sendLine: send });
      }
      await client.execute("netdev_add", { type: "tap", id, fd: id, ...vhost }, { signal });
      undo.defer("remove the card's other end", async () => void (await client.execute("netdev_del", { id })));
      // The option ROM is for booting from the network. Without a status to ask for, the guest's kernel takes the link
      // for up at once; otherwise it says a second later that programs may send by it (link_watch.c).
      const device = { driver: "virtio-net-pci", id, netdev: id, mac: macAddress, bus, romfile: "", status: false };
      await client.execute("device_add", device, { signal });
    } catch (error) {
      throw await undo.unwind(error);
    }
  }
}
