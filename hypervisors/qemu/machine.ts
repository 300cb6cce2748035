import type { Duplex } from "node:stream";
import type { QmpClient, QmpEventStream } from "qemu-qmp-client";
import type { VirtualMachine, VmBootMarks, VmExit } from "../hypervisor.js";
import { fromControlError } from "./errors.js";
import { vmExitOf, type END_EVENTS, type EndEvent } from "./vm-exit.js";
import type { VmmProcess } from "./vmm-process.js";

/** How long QEMU may take to end after it said that the guest has. */
const END_GRACE_MS = 5000;

/** The parts of a VM whose guest runs. */
export interface QemuMachineParts {
  readonly process: VmmProcess;
  readonly client: QmpClient;
  /** Subscribed before the guest ran. */
  readonly endEvents: QmpEventStream<(typeof END_EVENTS)[number]>;
  /** Settles when the console's output is written. */
  readonly consoleLogged: Promise<unknown>;
  readonly bootMarks: VmBootMarks;
}

/** A VM in a QEMU process. */
export class QemuMachine implements VirtualMachine {
  readonly hostPids: readonly number[];
  readonly agentChannel: Duplex;
  readonly bootMarks: VmBootMarks;
  readonly exited: Promise<VmExit>;
  readonly #parts: QemuMachineParts;
  #stopRequested = false;

  constructor(parts: QemuMachineParts) {
    this.#parts = parts;
    this.hostPids = [parts.process.pid];
    this.agentChannel = parts.process.agent;
    this.bootMarks = parts.bootMarks;
    this.exited = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopRequested = true;
    // The guest's disk is read-only and its shares are the host's: there is nothing that a gentler end would save.
    await this.#parts.process.kill();
    await this.exited;
    this.agentChannel.destroy();
  }

  async pause(signal?: AbortSignal): Promise<void> {
    await this.#command("stop", signal);
  }

  async resume(signal?: AbortSignal): Promise<void> {
    await this.#command("cont", signal);
  }

  async #command(command: "stop" | "cont", signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#parts.client.execute(command, {}, { signal });
    } catch (error) {
      throw fromControlError(command === "stop" ? "pause the VM" : "resume the VM", error);
    }
  }

  async #watch(): Promise<VmExit> {
    const { process, client, consoleLogged } = this.#parts;
    const event = await this.#firstEndEvent();
    const exit = await process.reaped(END_GRACE_MS);
    client.close();
    await consoleLogged;
    // The agent's channel is its user's to read to the end.
    process.control.destroy();
    process.console.destroy();
    return vmExitOf({ event, stopRequested: this.#stopRequested, process: exit });
  }

  /** The first event, or undefined where the control channel ended without one. */
  async #firstEndEvent(): Promise<EndEvent | undefined> {
    try {
      const { value } = await this.#parts.endEvents.next();
      return value;
    } catch {
      // A control channel that breaks its protocol leaves the VM without control: end it, as a VMM that died.
      await this.#parts.process.reaped(0);
      return undefined;
    }
  }
}
