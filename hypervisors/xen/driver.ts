import type {
  Capability,
  DriverProbe,
  HostUser,
  Hypervisor,
  NinePTransport,
  VirtualMachine,
  VmSize,
  VmSpec,
} from "../hypervisor.js";
import { TskataError } from "../../src/common/error.js";
import { lacking } from "./errors.js";
import { chooseGuestType } from "./guest-type.js";
import { type Dom0Place, type HostInfo, isAtLeast, parseHostInfo, requireDom0, THIS_HOST } from "./host-info.js";
import { settingsOf, type XenOptions, type XenSettings } from "./options.js";
import { probeXen } from "./probe.js";
import { startDomain } from "./start-domain.js";
import { Toolstack } from "./toolstack.js";

const MIB = 1024 * 1024;

/** The first version whose toolstack has PVH guests, a word for each type, and 9p. */
export const TYPES_SINCE = "4.10";

/** A host that can be talked to. */
interface OpenHost {
  readonly toolstack: Toolstack;
  readonly host: HostInfo;
}

/** Boots VMs as domains of Xen, PVH or PV. */
export class XenHypervisor implements Hypervisor {
  readonly name = "xen";
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    "pause",
    "hotplug-cpu",
    "hotplug-memory",
    "hotplug-disk",
    "hotplug-nic",
    "nine-p",
    "serial",
  ]);
  /** The device model is root, as this process is. */
  readonly vmmUser: HostUser | undefined = undefined;
  readonly ninePTransport: NinePTransport = "xen";
  readonly #settings: XenSettings;

  readonly #place: Dom0Place;
  #host: OpenHost | undefined;

  /** @param place where this system is told what it is to Xen; tests have others */
  constructor(options: XenOptions = {}, place: Dom0Place = THIS_HOST) {
    this.#settings = settingsOf(options);
    this.#place = place;
  }

  require(capability: Capability, what: string): void {
    if (!this.capabilities.has(capability)) throw lacking(what, capability);
  }

  async templateInputs(): Promise<Readonly<Record<string, string>>> {
    throw lacking("VM templates", "template");
  }

  async hostSize(signal?: AbortSignal): Promise<VmSize> {
    const { processors, totalMib } = (await this.#open(signal)).host;
    return { vcpus: processors, memoryBytes: totalMib * MIB };
  }

  async whyNotNineP(signal?: AbortSignal): Promise<string | undefined> {
    const { host } = await this.#open(signal);
    return isAtLeast(host, TYPES_SINCE) ? undefined : noNineP(host);
  }

  async probe(signal?: AbortSignal): Promise<DriverProbe> {
    return probeXen(this.#settings, this.#place, signal);
  }

  async boot(spec: VmSpec, signal?: AbortSignal): Promise<VirtualMachine> {
    signal?.throwIfAborted();
    if (spec.start !== undefined && spec.start.kind !== "kernel") throw lacking("VM templates", "template");
    const { toolstack, host } = await this.#open(signal);
    const namesTypes = isAtLeast(host, TYPES_SINCE);
    if (spec.shares.length > 0 && !namesTypes) {
      throw new TskataError(
        "unsupported",
        `share files with the guest: ${noNineP(host)}; disks work (share.backend = "disk", or "auto")`,
      );
    }
    const kernel = await chooseGuestType(this.#settings, spec.kernelPath, host);
    return startDomain({ spec, kernel, host, namesTypes, settings: this.#settings, toolstack }, signal);
  }

  /** Once for all: what is asked of it stays the same until the host is booted anew. */
  async #open(signal?: AbortSignal): Promise<OpenHost> {
    this.#host ??= await this.#look(signal);
    return this.#host;
  }

  async #look(signal: AbortSignal | undefined): Promise<OpenHost> {
    await requireDom0(this.#place);
    const toolstack = await Toolstack.find(this.#settings);
    return { toolstack, host: parseHostInfo(await toolstack.xl("look at the host", ["info"], { signal })) };
  }
}

function noNineP({ major, minor }: HostInfo): string {
  return `Xen ${major}.${minor} has no 9p, which came with ${TYPES_SINCE}`;
}
