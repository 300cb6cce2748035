import { messageOf, TskataError } from "../../common/error.js";
import type {
  ConfigureNetworkRequest,
  Interface,
  InterfaceAddress,
  Neighbour,
  Route,
} from "../../protocol/gen/agent_pb.js";
import { ADDRESS_FLAGS, NEXT_HOP_FLAGS } from "../kernel/constants.js";
import type { Operation, RouteOperation } from "../kernel/operation.js";
import { redirectNameServer } from "../network/name-server-redirection.js";
import { reseed } from "../sandbox/reseed.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/** The guest's kernel takes a card within 50 ms; one that is translated and busy may need seconds. */
const CARD_TIMEOUT_MS = 10_000;
/** Most often none: the kernel does it within a moment. */
const RUNNING_TIMEOUT_MS = 2000;
/** For cards that nobody has given a name. */
const SPARE_NAME = "tskata-card%d";

/**
 * Changes the network that the guest's containers share. Waits for the kernel to find cards that were plugged.
 *
 * @throws TskataError `invalid-argument` for too little or too much entropy, `internal` with the step that failed, such as for a card that isn't found
 */
export async function configureNetwork(sandbox: Sandbox, request: ConfigureNetworkRequest): Promise<void> {
  const { interfaces, removedInterfaces, keptCards, mtus, removed, added, entropy, nameServer } = request;
  const operations: Operation[] = [
    ...(entropy.length > 0 ? reseed(entropy) : []),
    ...removedInterfaces.map((name): Operation => ({ op: "interface-down", name })),
    ...(removed?.neighbours ?? []).map((entry) => neighbour("remove-neighbour", entry)),
    ...(removed?.routes ?? []).map((entry) => route("remove-route", entry)),
    ...(removed?.addresses ?? []).map((entry) => address("remove-address", entry)),
    // In its place one may come that is called the same.
    ...keptCards.flatMap(({ interface: name, cardAddress }) => [
      giveAddress(name, cardAddress),
      rename(cardAddress, SPARE_NAME),
    ]),
    // What the kernel called one may be the name of another.
    ...interfaces.map((card) => rename(foundBy(card), SPARE_NAME)),
    ...interfaces.flatMap((card) => [rename(foundBy(card), card.name), ...setUp(card)]),
    ...interfaces.map(({ name }): Operation => ({ op: "await-running", name, timeoutMs: RUNNING_TIMEOUT_MS })),
    ...mtus.map(({ interface: name, mtu }): Operation => ({ op: "set-mtu", name, mtu })),
    ...(added?.addresses ?? []).map((entry) => address("add-address", entry)),
    ...(added?.routes ?? []).map((entry) => route("add-route", entry)),
    ...(added?.neighbours ?? []).map((entry) => neighbour("add-neighbour", entry)),
    ...(nameServer ? redirectNameServer(sandbox.paths.cgroupRoot, (await sandbox.nameServer()).port) : []),
  ];
  try {
    await sandbox.kernel.runOperations(operations);
  } catch (cause) {
    throw new TskataError("internal", `configure the guest's network: ${messageOf(cause)}`, { cause });
  }
}

/** The address by which a card that comes is found. */
function foundBy({ macAddress, cardAddress }: Interface): Uint8Array {
  return cardAddress.length > 0 ? cardAddress : macAddress;
}

function rename(macAddress: Uint8Array, name: string): Operation {
  return { op: "rename-interface", macAddress, name, timeoutMs: CARD_TIMEOUT_MS };
}

function giveAddress(name: string, macAddress: Uint8Array): Operation {
  return { op: "set-interface-address", name, macAddress };
}

function setUp({ name, mtu, withoutIpv6, leadsToLoopback, macAddress, cardAddress }: Interface): Operation[] {
  return [
    ...(cardAddress.length > 0 ? [giveAddress(name, macAddress)] : []),
    { op: "set-mtu", name, mtu },
    ...(withoutIpv6 ? [setParameter(`ipv6/conf/${name}/disable_ipv6`, "1")] : []),
    ...(leadsToLoopback ? leadToLoopback(`ipv4/conf/${name}`) : []),
    { op: "interface-up", name },
  ];
}

/** The host tells by a packet's destination who may: a packet's sender must not give it another one (RFC 791, 3.1). */
function leadToLoopback(parameters: string): Operation[] {
  return [setParameter(`${parameters}/accept_source_route`, "0"), setParameter(`${parameters}/route_localnet`, "1")];
}

/** ip-sysctl of the kernel's documentation. */
function setParameter(name: string, data: string): Operation {
  return { op: "write-file", base: "proc", path: `sys/net/${name}`, data };
}

/** The host has looked for it on the network already, where it does that. */
function address(op: "add-address" | "remove-address", entry: InterfaceAddress): RouteOperation {
  const { interface: name, prefixLength, broadcast, peer, withoutPrefixRoute } = entry;
  const prefixRoute = withoutPrefixRoute ? ADDRESS_FLAGS.withoutPrefixRoute : 0;
  const flags = ADDRESS_FLAGS.permanent | ADDRESS_FLAGS.withoutDetection | prefixRoute;
  return { op, name, address: entry.address, prefixLength, broadcast, peer, flags };
}

function route(op: "add-route" | "remove-route", entry: Route): RouteOperation {
  const { interface: name, destination, prefixLength, gateway, source, metric, scope, onLink } = entry;
  const flags = onLink ? NEXT_HOP_FLAGS.onLink : 0;
  return { op, name, destination, prefixLength, gateway, source, metric, scope, flags };
}

function neighbour(op: "add-neighbour" | "remove-neighbour", entry: Neighbour): RouteOperation {
  const { interface: name, macAddress } = entry;
  return { op, name, address: entry.address, macAddress };
}
