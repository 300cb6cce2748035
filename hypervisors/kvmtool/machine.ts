import type { Duplex } from "node:stream";
import { messageOf, TskataError } from "../../src/common/error.js";
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
import { vmGone } from "../common/vm-errors.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { Balloon } from "./balloon.js";
import { setRunning } from "./control-socket.js";
import { lacking } from "./errors.js";
import { NetworkCards } from "./network-cards.js";
import type { RunningVmm } from "./running-vmm.js";
import { vmExitOf } from "./vm-exit.js";
import type { VmmSetup } from "./vmm-setup.js";

/** How often lkvm is started where somebody else has taken its CID: with ranges as large as these once is rare. */
export const MOST_STARTS = 5;
/** For the debug log. */
export const CID_TAKEN = "somebody else took the VM's CID before lkvm could; it is started with another one";

/** The parts of a VM whose guest runs. */
export interface KvmtoolMachineParts {
  readonly spec: VmSpec;
  readonly link: AgentLink;
  readonly setup: VmmSetup;
  readonly vmm: RunningVmm;
  /** Starts another lkvm, with another CID. */
  readonly startAgain: () => Promise<RunningVmm>;
  readonly bootMarks: VmBootMarks;
  /** Whether the VM has a balloon. */
  readonly hasBalloon: boolean;
  readonly debugLog: (line: string) => void;
}

/** A VM in an lkvm process. */
export class KvmtoolMachine implements VirtualMachine {
  readonly bootMarks: VmBootMarks;
  readonly exited: Promise<VmExit>;
  readonly #parts: KvmtoolMachineParts;
  #vmm: RunningVmm;
  #cards: NetworkCards;
  #balloon: Balloon | undefined;
  #stopRequested = false;
  #hasEnded = false;
  #agentChannel: Duplex | undefined;

  constructor(parts: KvmtoolMachineParts) {
    this.#parts = parts;
    this.#vmm = parts.vmm;
    this.#cards = this.#cardsOf(parts.vmm);
    this.#balloon = this.#balloonOf(parts.vmm);
    this.bootMarks = parts.bootMarks;
    this.exited = this.#watch();
  }

  get hostPids(): readonly number[] {
    const { process, consoles } = this.#vmm;
    return [process.pid, ...(consoles === undefined ? [] : [consoles.pid])];
  }

  async openAgentChannel(signal?: AbortSignal): Promise<Duplex> {
    this.#agentChannel = await this.#parts.link.open(signal);
    return this.#agentChannel;
  }

  async stop(): Promise<void> {
    this.#stopRequested = true;
    // The guest's disk is read-only and its shares are the host's: there is nothing that a gentler end would save.
    await this.#vmm.process.kill();
    await this.exited;
    this.#agentChannel?.destroy();
    // Nobody reads on, so that it has nothing to wait for.
    await this.#vmm.consoles?.ended;
  }

  async pause(signal?: AbortSignal): Promise<void> {
    await setRunning(this.#parts.setup.socketPath, false, signal);
  }

  async resume(signal?: AbortSignal): Promise<void> {
    await setRunning(this.#parts.setup.socketPath, true, signal);
  }

  async size(signal?: AbortSignal): Promise<VmSize> {
    signal?.throwIfAborted();
    const { vcpus, memoryBytes } = this.#parts.spec;
    return { vcpus, memoryBytes: this.#balloon?.memoryBytes ?? memoryBytes };
  }

  async setVcpus(vcpus: number): Promise<void> {
    throw lacking(`give the VM ${vcpus} processors`, "hotplug-cpu");
  }

  async setMemory(memoryBytes: number, signal?: AbortSignal): Promise<void> {
    const what = `give the VM ${memoryMib(memoryBytes)} MiB of memory`;
    if (this.#balloon === undefined) throw lacking(what, "hotplug-memory");
    this.#requireLife(what);
    await this.#balloon.setMemory(what, memoryBytes, signal);
  }

  async plugNetworkCard(card: NetworkCard, signal?: AbortSignal): Promise<string> {
    const what = `plug the network card ${card.macAddress}`;
    this.#requireLife(what);
    return this.#cards.plug(what, card, signal);
  }

  async unplugNetworkCard(id: string, signal?: AbortSignal): Promise<void> {
    const what = `unplug the network card ${id}`;
    this.#requireLife(what);
    await this.#cards.unplug(what, id, signal);
  }

  async plugShare(share: ShareDevice): Promise<void> {
    throw lacking(`plug the share ${share.tag}`, "hotplug-share");
  }

  async plugDisk(disk: Disk): Promise<void> {
    throw lacking(`plug the disk ${disk.id}`, "hotplug-disk");
  }

  async unplugDisk(id: string): Promise<void> {
    throw lacking(`unplug the disk ${id}`, "hotplug-disk");
  }

  async capture(): Promise<CapturedVm> {
    throw new TskataError("failed-precondition", "capture the VM: it was not started to be captured");
  }

  #requireLife(what: string): void {
    if (this.#hasEnded) throw vmGone(what);
  }

  #cardsOf({ process }: RunningVmm): NetworkCards {
    return new NetworkCards(`/proc/${process.pid}/ns/net`, this.#parts.setup.cards);
  }

  #balloonOf({ process }: RunningVmm): Balloon | undefined {
    const { hasBalloon, setup, spec, debugLog } = this.#parts;
    if (!hasBalloon) return undefined;
    const { socketPath } = setup;
    return new Balloon({ pid: process.pid, socketPath, bootedBytes: spec.memoryBytes, debugLog });
  }

  async #watch(): Promise<VmExit> {
    const { link, setup, debugLog } = this.#parts;
    let exit = await this.#vmm.ended;
    for (let starts = 1; starts < MOST_STARTS && (await this.#isToStartAgain()); starts += 1) {
      debugLog(CID_TAKEN);
      try {
        this.#vmm = await this.#parts.startAgain();
      } catch (error) {
        debugLog(messageOf(error));
        break;
      }
      this.#cards = this.#cardsOf(this.#vmm);
      this.#balloon = this.#balloonOf(this.#vmm);
      // stop() may have come in between, and killed the one before.
      if (this.#stopRequested) await this.#vmm.process.kill();
      exit = await this.#vmm.ended;
    }
    this.#hasEnded = true;
    link.close();
    await setup.remove();
    return vmExitOf({ ...exit, stopRequested: this.#stopRequested });
  }

  async #isToStartAgain(): Promise<boolean> {
    return !this.#stopRequested && (await this.#parts.link.isTaken());
  }
}
