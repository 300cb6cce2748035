import type { CleanupStack } from "../../common/cleanup-stack.js";
import type { NetworkCommand } from "./network-command.js";
import type { NetworkDevice } from "./network-device.js";

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
  { name, mtu }: NetworkDevice,
  tap: string,
  undo: CleanupStack,
): Promise<void> {
  const what = `join ${name} with the VM`;
  await command(what, namespace, ["ip", "link", "set", "dev", tap, "mtu", `${mtu}`]);
  await redirect(command, what, namespace, tap, name);
  // Only then, so that the VM never gets to those protocols.
  await command(what, namespace, ["ip", "link", "set", "dev", tap, "up"]);
  undo.defer(`part ${name} from the VM`, async () => {
    await command(`part ${name} from the VM`, namespace, ["tc", "qdisc", "del", "dev", name, "ingress"]);
  });
  await redirect(command, what, namespace, name, tap);
}

/** What arrives at one device is sent by the other, all of it: tc-mirred(8), tc-u32(8). */
async function redirect(
  command: NetworkCommand,
  what: string,
  namespace: string,
  from: string,
  to: string,
): Promise<void> {
  await command(what, namespace, ["tc", "qdisc", "add", "dev", from, "ingress"]);
  await command(what, namespace, [
    ...["tc", "filter", "add", "dev", from, "parent", "ffff:", "protocol", "all"],
    ...["u32", "match", "u32", "0", "0", "action", "mirred", "egress", "redirect", "dev", to],
  ]);
}
