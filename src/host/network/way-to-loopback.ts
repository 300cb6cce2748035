import type { NetworkCommand } from "./network-command.js";

/** Where those who forward a pod's ports connect to. Others of 127.0.0.0/8 stay the namespace's own. */
export const LOOPBACK_ADDRESS = "127.0.0.1";

/** Where a frame has the type of what it carries, counted from there; its outermost tag isn't in the way any more. */
const TYPE_AT = -2;
const TYPES = { ipv4: "0x0800", vlan: "0x8100", serviceVlan: "0x88a8" } as const;
/** Bytes of an IPv4 header. */
const ADDRESS_AT = { source: 12, destination: 16 } as const;

/**
 * Has a namespace's way into its VM lead to the guest's loopback as well, for
 * what begins in the namespace and for nothing else: what comes by a device
 * from or to 127.0.0.0/8 doesn't get to the tap any more that it is redirected
 * to, but to the namespace, which takes no such packet by any device but the
 * tap (route_localnet, ip-sysctl of the kernel's documentation). So it is with
 * frames of more than one VLAN tag: to a guest they may be IPv4, and where its
 * addresses are then isn't where tc-u32(8) looks.
 *
 * To be called before the guest lets anything through.
 *
 * @param device joined with the tap
 */
export async function openWayToLoopback(
  command: NetworkCommand,
  namespace: string,
  device: string,
  tap: string,
): Promise<void> {
  const what = `open a way to the VM's loopback by ${tap}`;
  // A match without an action lets pass.
  const leave = (...matches: readonly string[]): string =>
    `filter add dev ${device} parent ffff: protocol all pref 5 u32 ${matches.join(" ")} flowid :1`;
  const loopbackAt = (offset: number): string => `match u32 0x7f000000 0xff000000 at ${offset}`;
  const lines = [
    leave(carries(TYPES.ipv4), loopbackAt(ADDRESS_AT.source)),
    leave(carries(TYPES.ipv4), loopbackAt(ADDRESS_AT.destination)),
    leave(carries(TYPES.vlan)),
    leave(carries(TYPES.serviceVlan)),
  ];
  await command(what, namespace, ["tc", "-batch", "-"], `${lines.join("\n")}\n`);
  // A new namespace may have them from the host's.
  const set = `cd /proc/sys/net/ipv4/conf && echo 0 >all/$0 && echo 0 >"$1/$0" && echo 1 >"$2/$0"`;
  await command(what, namespace, ["sh", "-c", set, "route_localnet", device, tap]);
}

function carries(type: string): string {
  return `match u16 ${type} 0xffff at ${TYPE_AT}`;
}
