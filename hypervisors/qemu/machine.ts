import type { Duplex } from "node:stream";
import type { QmpClient, QmpEventStream } from "qemu-qmp-client";
import { TskataError } from "../../src/common/error.js";
import type {
  CapturedVm,
  Disk,
  HostUser,
  NetworkCard,
  ShareDevice,
  VirtualMachine,
  VmBootMarks,
  VmExit,
  VmSize,
  VmSpec,
} from "../hypervisor.js";
import type { AgentLink } from "./agent-link/agent-link.js";
import { saveDevices, sealFiles } from "./capture.js";
import { cardPorts, diskPorts, sharePorts } from "./command-line.js";
import { VHOST_NET_PATH } from "./choose-vhost-net.js";
import { Disks } from "./disks.js";
import { cannotPlug, fromControlError } from "./errors.js";
import type { Accelerator } from "./options.js";
import { memoryMib } from "../common/memory.js";
import { NetworkCards } from "./network-cards.js";
import { sendDevice, sendTap } from "./send-tap.js";
import { holdVmm } from "./fork-vmm.js";
import type { TemplateForm } from "./template-form.js";
import { ShareDevices } from "./share-devices.js";
import { memorySize, setMemorySize } from "./plugged-memory.js";
import { setVcpuCount, vcpuCount } from "./processors.js";
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
  readonly spec: VmSpec;
  readonly accelerator: Accelerator;
  /** How large it can become; undefined where it can't grow. */
  readonly room: VmSize | undefined;
  /** Whom QEMU runs as; undefined where it runs as this process does. */
  readonly user: HostUser | undefined;
  /** Path of our program that makes taps. */
  readonly tapSender: string | undefined;
  /** Whether the host's kernel moves the packets of network cards. */
  readonly vhostNet: boolean;
  /** What is plugged is in huge pages of the host. */
  readonly hugePages: boolean;
  /** Path of our program that has a QEMU forked. */
  readonly forkClient: string | undefined;
  /** What a QEMU that was forked announced: its process id. */
  readonly forkedPid: string | undefined;
  /** How the VM will be captured. */
  readonly form: TemplateForm | undefined;
  readonly link: AgentLink;
}

/** A VM in a QEMU process. */
export class QemuMachine implements VirtualMachine {
  readonly hostPids: readonly number[];
  readonly bootMarks: VmBootMarks;
  readonly exited: Promise<VmExit>;
  readonly #parts: QemuMachineParts;
  readonly #cards: NetworkCards;
  readonly #shares: ShareDevices;
  readonly #disks: Disks;
  #stopRequested = false;
  #agentChannel: Duplex | undefined;

  constructor(parts: QemuMachineParts) {
    this.#parts = parts;
    const { client, spec, tapSender, vhostNet } = parts;
    const { control } = parts.process;
    this.#cards = new NetworkCards({
      client,
      cardPorts: cardPorts(spec),
      sendTap: (tap, line, signal) => sendTap(tapSender, tap, line, control, signal),
      sendVhost: vhostNet ? (line, signal) => sendDevice(tapSender, VHOST_NET_PATH, line, control, signal) : undefined,
    });
    this.#shares = new ShareDevices(client, sharePorts(spec));
    this.#disks = new Disks({
      client,
      ports: diskPorts(spec),
      sendFile: (path, line, signal) => sendDevice(tapSender, path, line, control, signal),
    });
    const { forkedPid } = parts;
    const { pid } = parts.process;
    this.hostPids = [...parts.link.pids, pid, ...(forkedPid === undefined ? [] : [Number(forkedPid)])];
    this.bootMarks = parts.bootMarks;
    this.exited = this.#watch();
  }

  async openAgentChannel(signal?: AbortSignal): Promise<Duplex> {
    const { link, process } = this.#parts;
    this.#agentChannel = await link.open(process, signal);
    return this.#agentChannel;
  }

  async stop(): Promise<void> {
    this.#stopRequested = true;
    // The guest's disk is read-only and its shares are the host's: there is nothing that a gentler end would save.
    await this.#parts.process.kill();
    await this.exited;
    this.#agentChannel?.destroy();
  }

  async pause(signal?: AbortSignal): Promise<void> {
    await this.#control("pause the VM", () => this.#parts.client.execute("stop", {}, { signal }));
  }

  async resume(signal?: AbortSignal): Promise<void> {
    await this.#control("resume the VM", () => this.#parts.client.execute("cont", {}, { signal }));
  }

  async size(signal?: AbortSignal): Promise<VmSize> {
    const { client } = this.#parts;
    return this.#control("look up the VM's size", async () => ({
      vcpus: await vcpuCount(client, signal),
      memoryBytes: await memorySize(client, signal),
    }));
  }

  async setVcpus(vcpus: number, signal?: AbortSignal): Promise<void> {
    const { client, room, accelerator } = this.#parts;
    const what = `give the VM ${vcpus} processors`;
    if (room === undefined) throw cannotPlug(what);
    await this.#control(what, () => setVcpuCount(client, vcpus, accelerator, signal));
  }

  async setMemory(memoryBytes: number, signal?: AbortSignal): Promise<void> {
    const { client, room, hugePages } = this.#parts;
    const what = `give the VM ${memoryMib(memoryBytes)} MiB of memory`;
    if (room === undefined) throw cannotPlug(what);
    await this.#control(what, () =>
      setMemorySize(client, memoryBytes, { mostBytes: room.memoryBytes, hugePages }, signal),
    );
  }

  async plugNetworkCard(card: NetworkCard, signal?: AbortSignal): Promise<string> {
    const what = `plug the network card ${card.macAddress}`;
    await this.#control(what, () => this.#cards.plug(what, card, signal));
    return card.macAddress;
  }

  async unplugNetworkCard(id: string, signal?: AbortSignal): Promise<void> {
    const what = `unplug the network card ${id}`;
    await this.#control(what, () => this.#cards.unplug(what, id, signal));
  }

  async plugShare(share: ShareDevice, signal?: AbortSignal): Promise<void> {
    const what = `plug the share ${share.tag}`;
    await this.#control(what, () => this.#shares.plug(what, share, signal));
  }

  async plugDisk(disk: Disk, signal?: AbortSignal): Promise<void> {
    const what = `plug the disk ${disk.id}`;
    await this.#control(what, () => this.#disks.plug(what, disk, signal));
  }

  async unplugDisk(id: string, signal?: AbortSignal): Promise<void> {
    const what = `unplug the disk ${id}`;
    await this.#control(what, () => this.#disks.unplug(what, id, signal));
  }

  async capture(signal?: AbortSignal): Promise<CapturedVm> {
    const { client, process, spec, user, form, forkClient = "" } = this.#parts;
    const what = "capture the VM";
    if (spec.start?.kind !== "to-capture") {
      throw new TskataError("failed-precondition", `${what}: it was not started to be captured`);
    }
    const { directory } = spec.start;
    if (form === "live") {
      await this.#control(what, () => client.execute("stop", {}, { signal }));
      await holdVmm(forkClient, process, directory);
    } else {
      await this.#control(what, () =>
        saveDevices(client, directory, { runDirectory: spec.runDirectory, user }, signal),
      );
    }
    await this.stop();
    await sealFiles(directory);
    return form === "live" ? { pid: process.pid } : {};
  }

  async #control<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fromControlError(what, error);
    }
  }

  async #watch(): Promise<VmExit> {
    const { process, client, consoleLogged, link } = this.#parts;
    const event = await this.#firstEndEvent();
    const exit = await process.reaped(END_GRACE_MS);
    client.close();
    await link.close();
    await consoleLogged;
    // The agent's channel is its user's to read to the end, where there is one.
    if (process.agent !== this.#agentChannel) process.agent.destroy();
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
