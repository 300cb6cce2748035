import { isIPv4 } from "node:net";
import type { VirtualMachine } from "../../../hypervisors/hypervisor.js";
import { CleanupStack } from "../../common/cleanup-stack.js";
import { errnoName, TskataError } from "../../common/error.js";
import { Turns } from "../../common/turns.js";
import type { AgentClient } from "../../protocol/agent-client.js";
import { joinWithTap } from "../network/join-with-tap.js";
import { hasNameServer, leaveReservedPorts, reservePorts } from "../network/name-server.js";
import { isUnchanged, type NetworkChanges, networkChanges, type NetworkEntries } from "../network/network-changes.js";
import { type NetworkCommand, networkCommand } from "../network/network-command.js";
import {
  EMPTY_VIEW,
  type NetworkView,
  type ViewedInterface,
  type ViewedRoute,
  viewNetwork,
} from "../network/network-view.js";
import { hasNetworkDevices } from "../network/network-namespace.js";
import { LOOPBACK_ADDRESS, openWayToLoopback } from "../network/way-to-loopback.js";
import { type CardTap, changeWayIn, openWayIn, type WayInReach, wayInOf } from "../network/way-in.js";
import { freshEntropy } from "./guest-identity.js";

/** Longest name of a network device, in bytes. */
const MAX_NAME_BYTES = 15;
/** RT_SCOPE_LINK of rtnetlink(7). */
const SCOPE_LINK = 253;

type ConfigureNetworkRequest = Parameters<AgentClient["configureNetwork"]>[0];

/** The VM whose network follows a namespace of the host. */
export interface NetworkedVm {
  /** Tells its taps from those of others. */
  readonly sandboxId: string;
  readonly machine: Pick<VirtualMachine, "plugNetworkCard" | "unplugNetworkCard">;
  /** @throws TskataError `unsupported` where it can't be given any card */
  readonly requireCards: (what: string) => void;
  readonly configure: (request: ConfigureNetworkRequest, signal: AbortSignal) => Promise<unknown>;
  /** Joins the guest with the name server of the namespace; once. */
  readonly joinNameServer: (signal: AbortSignal) => Promise<void>;
  /** Those who publish or forward its ports are in its namespace: how far they get. Undefined: nobody is. */
  readonly wayIn: WayInReach | undefined;
  /** Hears which devices of the namespace are, or are about to be, joined with the VM. */
  readonly joined: (names: readonly string[]) => void;
}

/** A device of the namespace, and the VM's card that is joined with it. */
interface JoinedDevice {
  readonly card: string;
  /** What the guest finds the card by where that isn't the device's address: then it keeps it. */
  readonly cardAddress: string | undefined;
  readonly tap: CardTap;
  /** Parts them. */
  readonly undo: CleanupStack;
}

/**
 * The network of a VM, which is what a network namespace of the host has: a
 * card for each of its Ethernet devices that are up, with their addresses,
 * routes and neighbours.
 */
export class GuestNetwork {
  readonly #namespace: string;
  readonly #monitorPid: number | undefined;
  readonly #vm: NetworkedVm;
  readonly #command: NetworkCommand;
  readonly #turns = new Turns();
  readonly #joined = new Map<string, JoinedDevice>();
  #view: NetworkView = EMPTY_VIEW;
  #cards = 0;
  /** The way to it is there. */
  #isNameServerJoined = false;
  /** The guest knows of it. */
  #hasNameServer = false;

  /**
   * @param namespace a path that leads to it as long as this process lives
   * @param monitorPid a process in it, whose monitor is the way to its name server; undefined where nobody is
   */
  constructor(
    namespace: string,
    monitorPid: number | undefined,
    vm: NetworkedVm,
    command: NetworkCommand = networkCommand,
  ) {
    this.#namespace = namespace;
    this.#monitorPid = monitorPid;
    this.#vm = vm;
    this.#command = command;
  }

  /**
   * Looks at the namespace and gives the VM what has changed there. Calls don't overlap.
   *
   * @throws TskataError `unsupported` for a card too many, and two devices with one Ethernet address
   */
  async follow(signal: AbortSignal): Promise<void> {
    await this.#turns.take(() => this.#follow(signal));
  }

  /** `follow`, where there is, or was, a device at all: that is known at once. */
  async followAny(signal: AbortSignal): Promise<void> {
    const pid = this.#monitorPid;
    if (this.#joined.size > 0 || pid === undefined || isThere(() => hasNetworkDevices(pid))) await this.follow(signal);
  }

  /** Parts what is still joined; the cards go with the VM. */
  async end(): Promise<void> {
    await this.#turns.take(async () => {
      const failures: unknown[] = [];
      for (const { undo } of this.#joined.values()) failures.push(...(await undo.run()));
      this.#joined.clear();
      if (failures.length > 0) throw failures[0];
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const taps = new Set([...this.#joined.values()].map(({ tap }) => tap.name));
    const view = await viewNetwork(this.#command, this.#namespace, (name) => taps.has(name));
    requireOwnAddresses(view.interfaces);
    const changes = networkChanges(this.#view, view);
    const findsNameServer = !this.#hasNameServer && this.#seesNameServer();
    if (isUnchanged(changes) && !findsNameServer) return;
    if (changes.removedInterfaces.length > 0) await this.#remove(changes.removedInterfaces, view, signal);
    const undo = new CleanupStack();
    try {
      for (const device of changes.addedInterfaces) await this.#add(device, undo, signal);
      for (const { name, mtu } of changes.mtus) await this.#resize(name, mtu);
      if (findsNameServer) await this.#joinNameServer(signal);
      const told = this.#vm.wayIn === undefined ? changes : this.#withWaysIn(changes);
      const cardOf = (name: string): string | undefined => this.#joined.get(name)?.cardAddress;
      const request = await requestOf(told, cardOf, this.#leadsToLoopback);
      await this.#vm.configure({ ...request, nameServer: findsNameServer }, signal);
      if (this.#vm.wayIn !== undefined) await this.#leadWaysIn(changes);
    } catch (error) {
      // The next look begins where this one did.
      throw await undo.unwind(error);
    }
    this.#view = view;
    this.#hasNameServer ||= findsNameServer;
  }

  get #leadsToLoopback(): boolean {
    return this.#vm.wayIn === "addresses-and-loopback";
  }

  #seesNameServer(): boolean {
    const pid = this.#monitorPid;
    return pid !== undefined && isThere(() => hasNameServer(pid));
  }

  async #add(device: ViewedInterface, undo: CleanupStack, signal: AbortSignal): Promise<void> {
    const { name, macAddress } = device;
    this.#vm.requireCards(`network device ${name}`);
    const index = this.#cards++;
    const tap = { name: `tap${index}-${this.#vm.sandboxId}`.slice(0, MAX_NAME_BYTES), index, macAddress };
    const card = `nic${index}`;
    this.#vm.joined([...this.#joined.keys(), name]);
    const place = { name: tap.name, namespace: this.#namespace };
    const address = await this.#vm.machine.plugNetworkCard({ id: card, macAddress, tap: place }, signal);
    const cardAddress = address === macAddress ? undefined : address;
    const joined: JoinedDevice = { card, cardAddress, tap, undo: new CleanupStack() };
    this.#joined.set(name, joined);
    undo.defer(`take ${name} from the VM`, async () => {
      this.#joined.delete(name);
      await joined.undo.run();
      await this.#vm.machine.unplugNetworkCard(joined.card);
    });
    await joinWithTap(this.#command, this.#namespace, device, tap.name, joined.undo);
    if (this.#isNameServerJoined) await leaveReservedPorts(this.#command, this.#namespace, name, tap.name);
    if (this.#vm.wayIn !== undefined) await openWayIn(this.#command, this.#namespace, tap);
    if (this.#leadsToLoopback) await openWayToLoopback(this.#command, this.#namespace, name, tap.name);
  }

  /** What the guest is told with new cards, to answer who comes from inside. */
  #withWaysIn(changes: NetworkChanges): NetworkChanges {
    const ways = changes.addedInterfaces.flatMap(({ name }) => {
      const joined = this.#joined.get(name);
      return joined === undefined ? [] : [{ interface: name, ...wayInOf(joined.tap.index) }];
    });
    const { routes, neighbours } = changes.added;
    const added = {
      ...changes.added,
      routes: [...ways.map((way) => linkRoute(way.interface, way.address)), ...routes],
      neighbours: [...neighbours, ...ways],
    };
    return { ...changes, added };
  }

  async #leadWaysIn({ addedInterfaces, added, removed }: NetworkChanges): Promise<void> {
    for (const [name, { tap }] of this.#joined) {
      const ofDevice = ({ addresses }: NetworkEntries): string[] =>
        addresses.filter((each) => each.interface === name && isIPv4(each.address)).map(({ address }) => address);
      const isNew = addedInterfaces.some((each) => each.name === name);
      const loopback = isNew && this.#leadsToLoopback ? [LOOPBACK_ADDRESS] : [];
      const change = { added: [...loopback, ...ofDevice(added)], removed: ofDevice(removed) };
      if (change.added.length + change.removed.length === 0) continue;
      await changeWayIn(this.#command, this.#namespace, tap, change);
    }
  }

  async #joinNameServer(signal: AbortSignal): Promise<void> {
    // A look before may have got so far, and no further.
    if (this.#isNameServerJoined) return;
    await reservePorts(this.#command, this.#namespace);
    for (const [name, { tap }] of this.#joined) {
      await leaveReservedPorts(this.#command, this.#namespace, name, tap.name);
    }
    await this.#vm.joinNameServer(signal);
    this.#isNameServerJoined = true;
  }

  async #remove(devices: readonly ViewedInterface[], view: NetworkView, signal: AbortSignal): Promise<void> {
    const names = devices.map(({ name }) => name);
    const keptCards = names.flatMap((name) => {
      const cardAddress = this.#joined.get(name)?.cardAddress;
      return cardAddress === undefined ? [] : [{ interface: name, cardAddress: bytesOf(cardAddress) }];
    });
    await this.#vm.configure({ removedInterfaces: names, ...(keptCards.length > 0 && { keptCards }) }, signal);
    for (const name of names) {
      const joined = this.#joined.get(name);
      if (joined === undefined) continue;
      await this.#vm.machine.unplugNetworkCard(joined.card, signal);
      this.#joined.delete(name);
      // One that is only down stays where it is.
      if (view.devices.includes(name)) await joined.undo.run();
    }
    this.#view = withoutInterfaces(this.#view, new Set(names));
    this.#vm.joined([...this.#joined.keys()]);
  }

  async #resize(name: string, mtu: number): Promise<void> {
    const tap = this.#joined.get(name)?.tap.name ?? "";
    await this.#command(`resize ${tap}`, this.#namespace, ["ip", "link", "set", "dev", tap, "mtu", `${mtu}`]);
  }
}

/** A monitor that has ended meanwhile has no network any more. */
function isThere(look: () => boolean): boolean {
  try {
    return look();
  } catch (error) {
    if (["ENOENT", "ESRCH", "EINVAL"].includes(errnoName(error) ?? "")) return false;
    throw error;
  }
}

/** The guest tells its cards apart by their addresses. */
function requireOwnAddresses(interfaces: readonly ViewedInterface[]): void {
  const seen = new Map<string, string>();
  for (const { name, macAddress } of interfaces) {
    const twin = seen.get(macAddress);
    if (twin !== undefined) {
      throw new TskataError(
        "unsupported",
        `network devices ${twin} and ${name} have the same Ethernet address ${macAddress}; give one of them another`,
      );
    }
    seen.set(macAddress, name);
  }
}

/** To somebody on the link itself. */
function linkRoute(name: string, destination: string): ViewedRoute {
  const address = { destination, prefixLength: 32, gateway: "", source: "" };
  return { interface: name, ...address, metric: 0, scope: SCOPE_LINK, onLink: false };
}

function withoutInterfaces(view: NetworkView, gone: ReadonlySet<string>): NetworkView {
  const stays = (entry: { readonly interface: string }): boolean => !gone.has(entry.interface);
  return {
    devices: view.devices,
    interfaces: view.interfaces.filter(({ name }) => !gone.has(name)),
    addresses: view.addresses.filter(stays),
    routes: view.routes.filter(stays),
    neighbours: view.neighbours.filter(stays),
  };
}

/**
 * @param cardOf what the guest finds an interface's card by, where that isn't its address
 * @param leadsToLoopback whether new cards do
 */
async function requestOf(
  changes: NetworkChanges,
  cardOf: (name: string) => string | undefined,
  leadsToLoopback: boolean,
): Promise<ConfigureNetworkRequest> {
  const { addedInterfaces, mtus, removed, added } = changes;
  const cardAddress = (name: string): { cardAddress?: Uint8Array } => {
    const address = cardOf(name);
    return address === undefined ? {} : { cardAddress: bytesOf(address) };
  };
  return {
    ...(addedInterfaces.length > 0 && { entropy: await freshEntropy() }),
    interfaces: addedInterfaces.map((each) => ({
      ...each,
      macAddress: bytesOf(each.macAddress),
      ...cardAddress(each.name),
      leadsToLoopback,
    })),
    mtus: mtus.map(({ name, mtu }) => ({ interface: name, mtu })),
    removed: entriesOf(removed),
    added: entriesOf(added),
  };
}

function entriesOf({ addresses, routes, neighbours }: NetworkEntries): ConfigureNetworkRequest["added"] & object {
  return {
    addresses: [...addresses],
    routes: [...routes],
    neighbours: neighbours.map((each) => ({ ...each, macAddress: bytesOf(each.macAddress) })),
  };
}

function bytesOf(macAddress: string): Uint8Array {
  return Buffer.from(macAddress.replaceAll(":", ""), "hex");
}
