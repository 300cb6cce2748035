import type { NetworkCommand } from "./network-command.js";

/** Of routes to VMs; no engine's. */
const TABLE = 29_811;
const PREFERENCE = { loopback: 0, wayIn: 1, local: 2 } as const;
/** Addresses that mean nothing beyond a link (RFC 3927), one for each card. */
const ADDRESS_PREFIX = "169.254.116";
const LAST_ADDRESS = 254;

interface ShownRule {
  readonly priority: number;
}

/** The host's end of the way in, which a guest has to know to answer. */
export interface WayIn {
  /** IPv4. */
  readonly address: string;
  readonly macAddress: string;
}

/** How far the way leads: to the VM's addresses, or to its loopback as well. */
export type WayInReach = "addresses" | "addresses-and-loopback";

/** A tap that is joined with a VM's card. */
export interface CardTap {
  readonly name: string;
  /** Tells the card from others of its VM. */
  readonly index: number;
  /** The card's. */
  readonly macAddress: string;
}

/** Where the way into a VM by one of its cards begins. */
export function wayInOf(index: number): WayIn {
  const last = 1 + (index % LAST_ADDRESS);
  return { address: `${ADDRESS_PREFIX}.${last}`, macAddress: `02:74:73:6b:74:${last.toString(16).padStart(2, "0")}` };
}

/**
 * Opens a way into the VM for whoever is in its namespace on the host, where
 * the VM's addresses are the namespace's own as well: connections to them that
 * begin there are sent to the tap, from an address that nobody else has
 * (ip-rule(8)). What comes from elsewhere takes the ways that it took. In a
 * namespace that outlasts the VM two rules stay, of no effect without the tap.
 */
export async function openWayIn(command: NetworkCommand, namespace: string, tap: CardTap): Promise<void> {
  const what = `open a way to the VM by ${tap.name}`;
  const { address, macAddress } = wayInOf(tap.index);
  const toUs = `filter add dev ${tap.name} parent ffff: protocol ip pref 10 u32 match ip dst ${address}/32 flowid :1`;
  await command(what, namespace, ["tc", "-batch", "-"], `${toUs}\n`);
  const shown = JSON.parse(await command(what, namespace, ["ip", "-json", "rule", "show"])) as ShownRule[];
  const lines = [
    ...(shown.some(({ priority }) => priority === PREFERENCE.wayIn) ? [] : newRules()),
    `link set dev ${tap.name} address ${macAddress}`,
    `address add ${address}/32 dev ${tap.name}`,
  ];
  await command(what, namespace, ["ip", "-batch", "-"], `${lines.join("\n")}\n`);
}

/** Has the way lead to these IPv4 addresses of the VM, and not to those any more. */
export async function changeWayIn(
  command: NetworkCommand,
  namespace: string,
  tap: CardTap,
  { added, removed }: { readonly added: readonly string[]; readonly removed: readonly string[] },
): Promise<void> {
  const { address: source } = wayInOf(tap.index);
  const lines = [
    ...removed.map((address) => `route del ${address}/32 dev ${tap.name} table ${TABLE}`),
    ...added.flatMap((address) => [
      `neighbour replace ${address} lladdr ${tap.macAddress} nud permanent dev ${tap.name}`,
      // By the first card where several lead there.
      `route replace ${address}/32 dev ${tap.name} src ${source} table ${TABLE} metric ${tap.index}`,
    ]),
  ];
  await command(`lead the way to the VM by ${tap.name}`, namespace, ["ip", "-batch", "-"], `${lines.join("\n")}\n`);
}

/** The table of the namespace's own addresses comes after ours, for what begins in it. */
function newRules(): string[] {
  return [
    `rule add pref ${PREFERENCE.local} lookup local`,
    `rule add pref ${PREFERENCE.wayIn} iif lo lookup ${TABLE}`,
    "rule del pref 0",
    // Who speaks from a loopback address is answered there, by whatever address it was spoken to.
    `rule add pref ${PREFERENCE.loopback} from 127.0.0.0/8 lookup local`,
  ];
}
