import type { NetworkCommand } from "./network-command.js";
import type { ShownDevice } from "./shown-device.js";

/** A network device of the host, as ip(8) shows it. */
export interface NetworkDevice {
  readonly name: string;
  /** What it is to the kernel: `ether` for all that carry Ethernet frames. */
  readonly linkType: string;
  readonly macAddress: string;
  readonly mtu: number;
  readonly isUp: boolean;
  /** Those without an end to their time. */
  readonly addresses: readonly DeviceAddress[];
}

/** An IPv4 or IPv6 address of a device. */
export interface DeviceAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** Absent: none. */
  readonly broadcast?: string;
  /** `global`, `link`, `host` or a number. */
  readonly scope: string;
}

/**
 * Looks a network device up by its name.
 *
 * @param namespace as for `NetworkCommand`
 * @returns undefined where there is none
 */
export async function findDevice(
  command: NetworkCommand,
  namespace: string | undefined,
  name: string,
): Promise<NetworkDevice | undefined> {
  // All of them: where one that is asked for is missing, ip(8) says so in its text alone.
  const text = await command(`look up network device ${name}`, namespace, ["ip", "-json", "address", "show"]);
  const shown = (JSON.parse(text) as ShownDevice[]).find(({ ifname }) => ifname === name);
  if (shown === undefined) return undefined;
  return {
    name,
    linkType: shown.link_type,
    macAddress: shown.address ?? "",
    mtu: shown.mtu,
    isUp: shown.flags.includes("UP"),
    addresses: (shown.addr_info ?? []).flatMap(({ local, prefixlen, broadcast, scope, dynamic }) => {
      if (local === undefined || dynamic === true) return [];
      return [{ address: local, prefixLength: prefixlen, scope, ...(broadcast !== undefined && { broadcast }) }];
    }),
  };
}
