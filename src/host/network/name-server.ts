import { readFileSync } from "node:fs";
import type { NetworkCommand } from "./network-command.js";

/** Local ports of whoever is in the namespace on the host, Docker's name server above all: 64512 to 65535. */
const RESERVED = { first: 64_512, last: 65_535, mask: "0xfc00" } as const;
/** 127.0.0.11 as /proc/net/udp has it. */
const SERVER_ADDRESS = "0B00007F";

/** Whether Docker's name server listens in the network namespace of a process (proc_pid_net(5)). */
export function hasNameServer(pid: number): boolean {
  const lines = readFileSync(`/proc/${pid}/net/udp`, "utf8").split("\n");
  return lines.some((line) => line.trim().split(/\s+/)[1]?.startsWith(`${SERVER_ADDRESS}:`));
}

/**
 * Has whoever opens a socket in the namespace use ports that are reserved for
 * it: Docker's name server asks others from there, and their answers must not
 * go to the VM.
 */
export async function reservePorts(command: NetworkCommand, namespace: string): Promise<void> {
  const range = `${RESERVED.first} ${RESERVED.last}`;
  await command("reserve ports for the name server", namespace, [
    ...["sh", "-c", `echo "$1" > /proc/sys/net/ipv4/ip_local_port_range`],
    ...["sh", range],
  ]);
}

/**
 * Leaves to the namespace what is sent to reserved ports of a device that is
 * joined with a tap; answers that say where a neighbour is go to both.
 */
export async function leaveReservedPorts(
  command: NetworkCommand,
  namespace: string,
  device: string,
  tap: string,
): Promise<void> {
  const add = `filter add dev ${device} parent ffff:`;
  const both = `action mirred egress mirror dev ${tap} pass`;
  // A match without an action lets pass.
  const port = `dport ${RESERVED.first} ${RESERVED.mask}`;
  const lines = [
    `${add} protocol ip pref 10 u32 match ip protocol 17 0xff match ip ${port} flowid :1`,
    `${add} protocol ip pref 10 u32 match ip protocol 6 0xff match ip ${port} flowid :1`,
    `${add} protocol arp pref 11 u32 match u32 0 0 ${both}`,
    `${add} protocol ipv6 pref 12 u32 match ip6 protocol 17 0xff match ip6 ${port} flowid :1`,
    `${add} protocol ipv6 pref 12 u32 match ip6 protocol 6 0xff match ip6 ${port} flowid :1`,
    // Neighbour advertisements (RFC 4861, 4.4).
    `${add} protocol ipv6 pref 12 u32 match ip6 protocol 58 0xff match u8 136 0xff at 40 ${both}`,
  ];
  await command(
    `leave ports of ${device} to the name server`,
    namespace,
    ["tc", "-batch", "-"],
    `${lines.join("\n")}\n`,
  );
}
