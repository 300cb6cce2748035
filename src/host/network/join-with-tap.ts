import type { CleanupStack } from "../../common/cleanup-stack.js";
import type { NetworkCommand } from "./network-command.js";

/**
 * Joins a network device with a tap: what arrives at either leaves by the
 * other. Nothing of it reaches the namespace's own protocols any more.
 *
 * @param namespace path of the one that has both
 * @param undo gets what parts them; the tap goes by itself
 */
export async function joinWithTap(
  command: NetworkCommand,
  namespace: string,
  { name, mtu }: { readonly name: string; readonly mtu: number },
  tap: string,
  undo: CleanupStack,
): Promise<void> {
  const what = `join ${name} with the VM`;
  const batch = (program: string, ...lines: string[]): Promise<string> =>
    command(what, namespace, [program, "-batch", "-"], `${lines.join("\n")}\n`);
  await batch("tc", `qdisc add dev ${tap} ingress`, redirection(tap, name), `qdisc add dev ${name} ingress`);
  undo.defer(`part ${name} from the VM`, () => partFromTap(command, namespace, name));
  // Only now, so that the VM never gets to those protocols.
  await batch("ip", `link set dev ${tap} mtu ${mtu}`, `link set dev ${tap} up`);
  await batch("tc", redirection(name, tap));
}

/** Parts a device from its tap. */
export async function partFromTap(command: NetworkCommand, namespace: string, name: string): Promise<void> {
  await command(`part ${name} from the VM`, namespace, ["tc", "qdisc", "del", "dev", name, "ingress"]);
}

/** What arrives at one device is sent by the other, all of it: tc-mirred(8), tc-u32(8). */
function redirection(from: string, to: string): string {
  const match = `filter add dev ${from} parent ffff: protocol all u32 match u32 0 0`;
  return `${match} action mirred egress redirect dev ${to}`;
}
