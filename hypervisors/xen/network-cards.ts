import { TskataError } from "../../src/common/error.js";
import type { NetworkCard } from "../hypervisor.js";
import type { Toolstack } from "./toolstack.js";

/** What network cards are plugged with. */
export interface NetworkCardParts {
  readonly toolstack: Toolstack;
  /** The domain's name. */
  readonly domain: string;
  /** How many the VM was started for. */
  readonly room: number;
  /** Path of our script, which xl runs; undefined where the driver was opened without it. */
  readonly script: string | undefined;
}

/**
 * The network cards of one domain. A card's other end is a device of domain
 * 0's kernel (vifDOMAIN.NUMBER), which our script moves to where a tap would be.
 */
export class NetworkCards {
  readonly #parts: NetworkCardParts;
  /** Ethernet addresses by the cards' ids; undefined while a card is being plugged. */
  readonly #plugged = new Map<string, string>();

  constructor(parts: NetworkCardParts) {
    this.#parts = parts;
  }

  /**
   * Plugs a card, and moves its other end. See xl-network-configuration(5).
   *
   * @param what what is asked for, for errors
   * @throws TskataError `unsupported` where there is no room, `unavailable` where that can't be done
   */
  async plug(what: string, card: NetworkCard, signal?: AbortSignal): Promise<void> {
    const { toolstack, domain, room, script } = this.#parts;
    if (script === undefined)
      throw new TskataError("unsupported", `${what}: the driver was opened without a script for it`);
    if (this.#plugged.size >= room) {
      throw new TskataError(
        "unsupported",
        `${what}: the VM was started with room for ${room} network cards; create the container anew`,
      );
    }
    const { id, macAddress, tap } = card;
    this.#plugged.set(id, macAddress);
    try {
      const environment = { TSKATA_NAMESPACE: tap.namespace, TSKATA_NAME: tap.name };
      await toolstack.xl(what, ["network-attach", domain, `mac=${macAddress}`, `script=${script}`], {
        environment,
        signal,
      });
    } catch (error) {
      this.#plugged.delete(id);
      throw error;
    }
  }

  /**
   * Has the guest give a card back; its other end goes with it.
   *
   * @param what what is asked for, for errors
   * @throws TskataError `not-found`, and as `Toolstack.xl`
   */
  async unplug(what: string, id: string, signal?: AbortSignal): Promise<void> {
    const { toolstack, domain } = this.#parts;
    const macAddress = this.#plugged.get(id);
    if (macAddress === undefined) throw new TskataError("not-found", `${what}: no such card is plugged`);
    await toolstack.xl(what, ["network-detach", domain, macAddress], { signal });
    this.#plugged.delete(id);
  }
}
