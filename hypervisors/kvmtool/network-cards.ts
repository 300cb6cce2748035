import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf, TskataError } from "../../src/common/error.js";
import type { NetworkCard, Tap } from "../hypervisor.js";
import type { BootCard } from "./command-line.js";

const MOVE_TIMEOUT_MS = 10_000;

/** A card that is in use. */
interface PluggedCard {
  readonly boot: BootCard;
  readonly tap: Tap;
}

/**
 * The network cards of one VM. kvmtool can plug none, so that the guest has
 * them all from its start, joined with taps in lkvm's own network namespace,
 * where nobody is. To plug one is to move its tap to where it is wanted.
 */
export class NetworkCards {
  readonly #namespace: string;
  readonly #total: number;
  readonly #free: BootCard[];
  /** By the card's id. */
  readonly #plugged = new Map<string, PluggedCard>();

  /** @param namespace path of lkvm's network namespace */
  constructor(namespace: string, cards: readonly BootCard[]) {
    this.#namespace = namespace;
    this.#total = cards.length;
    this.#free = [...cards];
  }

  /**
   * @param what what is asked for, for errors
   * @returns the address by which the guest finds the card
   * @throws TskataError `unsupported` where all are in use, `unavailable` where the tap can't be moved
   */
  async plug(what: string, { id, tap }: NetworkCard, signal?: AbortSignal): Promise<string> {
    const boot = this.#free.shift();
    if (boot === undefined) {
      const room = `room for ${this.#total} network cards`;
      throw new TskataError("unsupported", `${what}: the VM was started with ${room}; create the container anew`);
    }
    try {
      await move(what, { namespace: this.#namespace, name: boot.tap }, tap, signal);
    } catch (error) {
      this.#free.unshift(boot);
      throw error;
    }
    this.#plugged.set(id, { boot, tap });
    return boot.macAddress;
  }

  /**
   * @param what what is asked for, for errors
   * @throws TskataError `not-found`, and `unavailable` where the tap can't be moved
   */
  async unplug(what: string, id: string, signal?: AbortSignal): Promise<void> {
    const plugged = this.#plugged.get(id);
    if (plugged === undefined) throw new TskataError("not-found", `${what}: no such card is plugged`);
    const { boot, tap } = plugged;
    await move(what, tap, { namespace: this.#namespace, name: boot.tap }, signal);
    this.#plugged.delete(id);
    this.#free.push(boot);
  }
}

/** A device that changes namespaces is set down: ip-link(8). */
async function move(what: string, from: Tap, to: Tap, signal?: AbortSignal): Promise<void> {
  const target = ["netns", to.namespace, "name", to.name];
  const command = [`--net=${from.namespace}`, "--", "ip", "link", "set", "dev", from.name, ...target];
  try {
    await promisify(execFile)("nsenter", command, { ...(signal && { signal }), timeout: MOVE_TIMEOUT_MS });
  } catch (cause) {
    signal?.throwIfAborted();
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : messageOf(cause);
    throw new TskataError("unavailable", `${what}: move the tap ${from.name}: ${said}`, { cause });
  }
}
