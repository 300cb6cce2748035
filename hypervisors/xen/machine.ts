import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { CleanupStack } from "../../src/common/cleanup-stack.js";
import { messageOf } from "../../src/common/error.js";
import type {
  CapturedVm,
  Disk,
  NetworkCard,
  ShareDevice,
  VirtualMachine,
  VmBootMarks,
  VmExit,
  VmSize,
  VmSpec,
} from "../hypervisor.js";
import { memoryMib } from "../common/memory.js";
import type { ProcessExit } from "../common/process-exit.js";
import { vmGone } from "../common/vm-errors.js";
import { greetedChannel } from "../common/greeted-channel.js";
import { Disks } from "./disks.js";
import type { Domain } from "./domain.js";
import { domainSize, guestExit } from "./domain-list.js";
import { cannotEnd, lacking } from "./errors.js";
import { NetworkCards } from "./network-cards.js";
import type { RunningProgram } from "./program.js";
import type { ResizableDomain } from "./resizable-domain.js";
import { setMemorySize } from "./set-memory-size.js";
import { setVcpuCount } from "./set-vcpu-count.js";
import type { Toolstack } from "./toolstack.js";

/** The parts of a VM whose guest runs. */
export interface XenMachineParts {
  readonly toolstack: Toolstack;
  readonly domain: Domain;
  /** Its place in xenstore. */
  readonly root: string;
  /** How large it can become. */
  readonly room: VmSize;
  /** The name of Xen's scheduler. */
  readonly scheduler: string;
  readonly spec: VmSpec;
  readonly bootMarks: VmBootMarks;
  /** Process id of the domain's device model: QEMU, which serves its disk, files and channel. */
  readonly deviceModelPid: number;
  /** Processes of ours that the VM can't do without. */
  readonly helpers: readonly RunningProgram[];
  /** The channel's end here. */
  readonly channel: Socket;
  readonly vifScript: string | undefined;
  /** Destroys the domain and ends all that belongs to it. */
  readonly remains: CleanupStack;
  readonly debugLog: (line: string) => void;
}

/** A VM in a domain of Xen's. */
export class XenMachine implements VirtualMachine {
  readonly hostPids: readonly number[];
  readonly bootMarks: VmBootMarks;
  readonly exited: Promise<VmExit>;
  readonly #parts: XenMachineParts;
  readonly #cards: NetworkCards;
  readonly #disks: Disks;
  #tell: (exit: VmExit) => void = () => undefined;
  #isLooking = false;
  #looking = Promise.resolve();
  #isNewsPending = false;
  #hasEnded = false;
  #isChannelTaken = false;
  /** What of the VM's remains could not be ended. */
  #failures: readonly Error[] = [];

  constructor(parts: XenMachineParts) {
    this.#parts = parts;
    const { toolstack, domain, spec, vifScript, deviceModelPid, helpers, channel } = parts;
    this.#cards = new NetworkCards({ toolstack, domain: domain.name, room: spec.networkCards ?? 0, script: vifScript });
    this.#disks = new Disks({ toolstack, domain: domain.name, room: spec.disks ?? 0 });
    this.hostPids = [deviceModelPid, ...helpers.map(({ pid }) => pid)];
    this.bootMarks = parts.bootMarks;
    const told = new Promise<VmExit>((resolve) => (this.#tell = resolve));
    this.exited = told.then((exit) => this.#end(exit));
    for (const { exited } of helpers) void exited.then((exit) => this.#tell({ kind: "vmm-died", ...exit }));
    channel.once("close", () => void this.#deviceModelGone());
  }

  /**
   * Looks whether the domain has ended, now or once more after the look that goes on. Settles when what was so at the
   * call has been seen.
   */
  async look(): Promise<void> {
    this.#isNewsPending = true;
    if (!this.#isLooking) this.#looking = this.#lookOn();
    await this.#looking;
  }

  async openAgentChannel(signal?: AbortSignal): Promise<Duplex> {
    this.#isChannelTaken = true;
    return greetedChannel(this.#parts.channel, {}, signal);
  }

  async stop(): Promise<void> {
    // The guest's disk is read-only and its shares are the host's: there is nothing that a gentler end would save.
    this.#tell({ kind: "stopped" });
    await this.exited;
    this.#parts.channel.destroy();
    const [failure] = this.#failures;
    if (failure !== undefined) throw cannotEnd(failure);
  }

  async pause(signal?: AbortSignal): Promise<void> {
    await this.#xl("pause the VM", ["pause"], signal);
  }

  async resume(signal?: AbortSignal): Promise<void> {
    await this.#xl("resume the VM", ["unpause"], signal);
  }

  async size(signal?: AbortSignal): Promise<VmSize> {
    return domainSize(await this.#xl("look up the VM's size", ["list", "-l"], signal));
  }

  async setVcpus(vcpus: number, signal?: AbortSignal): Promise<void> {
    const what = `give the VM ${vcpus} processors`;
    this.#requireAlive(what);
    await setVcpuCount(this.#resizable, what, vcpus, signal);
  }

  async setMemory(memoryBytes: number, signal?: AbortSignal): Promise<void> {
    const what = `give the VM ${memoryMib(memoryBytes)} MiB of memory`;
    this.#requireAlive(what);
    await setMemorySize(this.#resizable, what, memoryBytes, signal);
  }

  async plugNetworkCard(card: NetworkCard, signal?: AbortSignal): Promise<string> {
    const what = `plug the network card ${card.macAddress}`;
    this.#requireAlive(what);
    await this.#cards.plug(what, card, signal);
    return card.macAddress;
  }

  async unplugNetworkCard(id: string, signal?: AbortSignal): Promise<void> {
    const what = `unplug the network card ${id}`;
    this.#requireAlive(what);
    await this.#cards.unplug(what, id, signal);
  }

  async plugShare(share: ShareDevice): Promise<void> {
    throw lacking(`plug the share ${share.tag}`, "hotplug-share");
  }

  async plugDisk(disk: Disk, signal?: AbortSignal): Promise<void> {
    const what = `plug the disk ${disk.id}`;
    this.#requireAlive(what);
    await this.#disks.plug(what, disk, signal);
  }

  async unplugDisk(id: string, signal?: AbortSignal): Promise<void> {
    const what = `unplug the disk ${id}`;
    this.#requireAlive(what);
    await this.#disks.unplug(what, id, signal);
  }

  async capture(): Promise<CapturedVm> {
    throw lacking("capture the VM", "template");
  }

  get #resizable(): ResizableDomain {
    const { toolstack, domain, root, room, scheduler, spec } = this.#parts;
    return { toolstack, domain: domain.name, root, booted: spec, room, scheduler };
  }

  #xl(what: string, [verb, ...options]: readonly [string, ...string[]], signal?: AbortSignal): Promise<string> {
    this.#requireAlive(what);
    return this.#parts.toolstack.xl(what, [verb, ...options, this.#parts.domain.name], { signal });
  }

  #requireAlive(what: string): void {
    if (this.#hasEnded) throw vmGone(what);
  }

  async #lookOn(): Promise<void> {
    this.#isLooking = true;
    try {
      while (this.#isNewsPending && !this.#hasEnded) {
        this.#isNewsPending = false;
        const state = await this.#parts.domain.state();
        if (state.kind === "shut-down") this.#tell(guestExit(state.reason));
        if (state.kind === "gone") this.#tell(died("somebody destroyed the VM's domain"));
      }
    } catch (error) {
      this.#tell(died(`the VM can't be watched any more: ${messageOf(error)}`));
    } finally {
      this.#isLooking = false;
    }
  }

  /** The channel breaks with the device model, and where who reads it has had enough. */
  async #deviceModelGone(): Promise<void> {
    const { deviceModelPid: pid, domain } = this.#parts;
    if (existsSync(`/proc/${pid}/exe`)) return;
    const log = await domain.logTail();
    // A domain that ended takes it along, and says why.
    await this.look();
    this.#tell(died(`the domain's device model (pid ${pid}) ended${log === "" ? "" : `: ${log}`}`));
  }

  async #end(exit: VmExit): Promise<VmExit> {
    this.#hasEnded = true;
    const { remains, channel, debugLog } = this.#parts;
    this.#failures = await remains.run();
    for (const failure of this.#failures) debugLog(`${failure.message}: ${messageOf(failure.cause)}`);
    // The agent's channel is its user's to read to the end, where there is one.
    if (!this.#isChannelTaken) channel.destroy();
    return exit;
  }
}

function died(stderr: string): VmExit {
  const exit: ProcessExit = { exitCode: null, signal: null, stderr };
  return { kind: "vmm-died", ...exit };
}
