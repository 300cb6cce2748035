import { readFile, rm } from "node:fs/promises";
import { domainState, type DomainState } from "./domain-list.js";
import type { Toolstack } from "./toolstack.js";

/** Where libxl keeps what a device model says. */
const LOG_DIRECTORY = "/var/log/xen";
const LOG_TAIL_BYTES = 2048;

/** A domain of ours, from before it is made until after its end. */
export class Domain {
  /** Unique on the host. */
  readonly name: string;
  readonly uuid: string;
  readonly #toolstack: Toolstack;

  constructor(name: string, uuid: string, toolstack: Toolstack) {
    this.name = name;
    this.uuid = uuid;
    this.#toolstack = toolstack;
  }

  /** How it stands. Throws as `Toolstack.xl`. */
  async state(): Promise<DomainState> {
    return domainState(await this.#toolstack.xl("look for the VM's domain", ["list", "-v"]), this.uuid);
  }

  /**
   * Destroys it, where it is there.
   *
   * @throws as `Toolstack.xl` where it still is
   */
  async destroy(): Promise<void> {
    try {
      await this.#toolstack.xl(`destroy the domain ${this.name}`, ["destroy", this.name]);
    } catch (error) {
      if ((await this.state()).kind !== "gone") throw error;
    }
  }

  /** Removes what libxl leaves of a domain: the log of its device model. */
  async removeLog(): Promise<void> {
    await rm(this.#logPath, { force: true });
  }

  /** The end of that log; empty where there is none. */
  async logTail(): Promise<string> {
    const log = await readFile(this.#logPath, "utf8").catch(() => "");
    return log.slice(-LOG_TAIL_BYTES).trim();
  }

  get #logPath(): string {
    return `${LOG_DIRECTORY}/qemu-dm-${this.name}.log`;
  }
}
