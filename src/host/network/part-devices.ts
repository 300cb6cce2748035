import type { NetworkCommand } from "./network-command.js";

/** What `tc -json qdisc show` has of a queueing discipline. */
interface ShownDiscipline {
  readonly kind: string;
  readonly dev: string;
}

/**
 * Parts network devices from a VM that ended without doing so itself: what
 * arrives at them would be lost.
 *
 * @param namespace path of the one that has them
 */
export async function partDevices(command: NetworkCommand, namespace: string, names: readonly string[]): Promise<void> {
  const what = `part ${names.join(", ")} from the VM`;
  const shown = await command(what, namespace, ["tc", "-json", "qdisc", "show"]);
  for (const { kind, dev } of JSON.parse(shown) as ShownDiscipline[]) {
    if (kind !== "ingress" || !names.includes(dev)) continue;
    await command(what, namespace, ["tc", "qdisc", "del", "dev", dev, "ingress"]);
  }
}
