import { TskataError } from "../../common/error.js";
import type { NetworkCommand } from "./network-command.js";
import type { ShownAddress, ShownDevice } from "./shown-device.js";

/** What a network namespace has that a VM's network is made of. */
export interface NetworkView {
  /** Names of all devices, whatever they are, ours left out. */
  readonly devices: readonly string[];
  readonly interfaces: readonly ViewedInterface[];
  readonly addresses: readonly ViewedAddress[];
  readonly routes: readonly ViewedRoute[];
  readonly neighbours: readonly ViewedNeighbour[];
}

/** An Ethernet device that is up. */
export interface ViewedInterface {
  readonly name: string;
  /** Six bytes in hexadecimal with colons between them. */
  readonly macAddress: string;
  readonly mtu: number;
  /** It has no IPv6 address at all: IPv6 is off. */
  readonly withoutIpv6: boolean;
}

/** An address of global scope that lasts; empty strings stand for what it hasn't. */
export interface ViewedAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly broadcast: string;
  readonly peer: string;
  readonly withoutPrefixRoute: boolean;
}

/** A route of the main table that somebody has set; empty strings stand for what it hasn't. */
export interface ViewedRoute {
  readonly interface: string;
  readonly destination: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly source: string;
  /** 0: the kernel's own choice. */
  readonly metric: number;
  /** RT_SCOPE_* of rtnetlink(7). */
  readonly scope: number;
  readonly onLink: boolean;
}

/** A neighbour that is known for good. */
export interface ViewedNeighbour {
  readonly interface: string;
  readonly address: string;
  readonly macAddress: string;
}

/** A namespace with nothing in it. */
export const EMPTY_VIEW: NetworkView = { devices: [], interfaces: [], addresses: [], routes: [], neighbours: [] };

interface ShownRoute {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string;
  readonly protocol?: string;
  readonly scope?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly flags: readonly string[];
}

interface ShownNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
}

/** Of netkit devices in L3 mode, which have the type of an Ethernet device all the same. */
const NO_ADDRESS = "00:00:00:00:00:00";
/** One call for all of it: ip(8) reads more than one command from its input. */
const QUESTIONS = "address show\nroute show table all\nneighbour show nud permanent\n";
const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
/** What a guest's kernel makes by itself, or a router tells it. */
const PROTOCOLS_OF_THE_KERNEL: ReadonlySet<string> = new Set(["kernel", "ra", "redirect"]);

/**
 * Looks at a network namespace.
 *
 * @param namespace path of it
 * @param isOurs whether a device is one that we have made
 * @throws TskataError `unsupported` for a device that is up and has no Ethernet address
 */
export async function viewNetwork(
  command: NetworkCommand,
  namespace: string,
  isOurs: (name: string) => boolean,
): Promise<NetworkView> {
  const text = await command("look at the container's network", namespace, ["ip", "-json", "-batch", "-"], QUESTIONS);
  const [links = [], routes = [], neighbours = []] = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown[]);
  const devices = (links as ShownDevice[]).filter(({ ifname }) => !isOurs(ifname));
  const shown = devices.filter(({ link_type, flags }) => link_type === "ether" && flags.includes("UP"));
  const names = new Set(shown.map(({ ifname }) => ifname));
  return {
    devices: devices.map(({ ifname }) => ifname),
    interfaces: shown.map(viewedInterface),
    addresses: shown.flatMap(({ ifname, addr_info = [] }) => addr_info.flatMap((each) => viewedAddress(ifname, each))),
    routes: (routes as ShownRoute[]).flatMap((each) => viewedRoute(names, each)).toSorted(byReach),
    neighbours: (neighbours as ShownNeighbour[]).flatMap(({ dst, dev, lladdr }) =>
      names.has(dev) && lladdr !== undefined ? [{ interface: dev, address: dst, macAddress: lladdr }] : [],
    ),
  };
}

function viewedInterface({ ifname, address = "", mtu, addr_info = [] }: ShownDevice): ViewedInterface {
  if (address === NO_ADDRESS) {
    const why = "it has no Ethernet address, which a card of the VM's needs";
    const what = "a netkit device is to be in L2 mode (with Cilium: bpf.datapathMode=netkit-l2)";
    throw new TskataError("unsupported", `network device ${ifname}: ${why}; ${what}`);
  }
  return {
    name: ifname,
    macAddress: address,
    mtu,
    withoutIpv6: !addr_info.some(({ family }) => family === "inet6"),
  };
}

function viewedAddress(name: string, shown: ShownAddress): ViewedAddress[] {
  const { local, address = "", prefixlen, broadcast = "", scope, dynamic, noprefixroute } = shown;
  if (local === undefined || dynamic === true || scope !== "global") return [];
  const withoutPrefixRoute = noprefixroute === true;
  return [{ interface: name, address: local, prefixLength: prefixlen, broadcast, peer: address, withoutPrefixRoute }];
}

function viewedRoute(names: ReadonlySet<string>, shown: ShownRoute): ViewedRoute[] {
  const { type = "unicast", dst, gateway = "", dev, table = "main", protocol = "", scope, prefsrc = "" } = shown;
  if (dev === undefined || !names.has(dev) || type !== "unicast" || table !== "main") return [];
  if (PROTOCOLS_OF_THE_KERNEL.has(protocol)) return [];
  return [
    {
      interface: dev,
      ...destinationOf(dst, gateway),
      gateway,
      source: prefsrc,
      metric: shown.metric ?? 0,
      scope: SCOPES[scope ?? "global"] ?? Number(scope),
      onLink: shown.flags.includes("onlink"),
    },
  ];
}

/** ip(8) leaves out the length of a prefix that is all of the address, and calls that of none `default`. */
function destinationOf(text: string, gateway: string): Pick<ViewedRoute, "destination" | "prefixLength"> {
  // One without a gateway is as good as only ever IPv4's: IPv6's has a gateway or a metric of its own.
  if (text === "default") return { destination: gateway.includes(":") ? "::" : "0.0.0.0", prefixLength: 0 };
  const [destination = "", length] = text.split("/");
  return { destination, prefixLength: length === undefined ? (text.includes(":") ? 128 : 32) : Number(length) };
}

/** Gateways are found by routes without one. */
function byReach(a: ViewedRoute, b: ViewedRoute): number {
  return Number(a.gateway !== "") - Number(b.gateway !== "");
}
