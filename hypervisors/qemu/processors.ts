import type { HotpluggableCpu, QmpClient } from "qemu-qmp-client";
import { TskataError } from "../../src/common/error.js";
import type { Accelerator } from "./options.js";
import { plugged, unplugged } from "./guest-answer.js";

/** From the outermost to the innermost: processors in the order of their APIC ids. */
const TOPOLOGY = ["socket-id", "die-id", "cluster-id", "module-id", "core-id", "thread-id"] as const;

/** How many processors the VM has. */
export async function vcpuCount(client: QmpClient, signal?: AbortSignal): Promise<number> {
  // Other than the query of slots, this one knows every machine.
  return (await client.execute("query-cpus-fast", {}, { signal })).length;
}

/**
 * Plugs processors or has the guest give some back, one after the other.
 * Linux hangs where one comes with a lower APIC id than another that is there,
 * so that they come from below and go from above.
 *
 * @throws TskataError `unsupported` for more than QEMU was started for, or for fewer under TCG, and what `plugged` and
 *   `unplugged` throw
 */
export async function setVcpuCount(
  client: QmpClient,
  vcpus: number,
  accelerator: Accelerator,
  signal?: AbortSignal,
): Promise<void> {
  const all = await slots(client, signal);
  const filled = all.filter(isFilled);
  if (vcpus > all.length) {
    throw new TskataError(
      "unsupported",
      `give the VM ${vcpus} processors: it was started with room for ${all.length}; create the container anew`,
    );
  }
  if (vcpus < filled.length && accelerator === "tcg") {
    // It runs over its own memory and aborts, at the next plugging at the latest.
    throw new TskataError("unsupported", `leave the VM ${vcpus} processors: QEMU can't unplug one without KVM`);
  }
  const lastFilled = all.findLastIndex(isFilled);
  const free = all.map((slot, index) => ({ slot, index })).filter(({ index }) => index > lastFilled);
  for (const { slot, index } of free.slice(0, Math.max(0, vcpus - filled.length))) {
    const id = `cpu${index}`;
    const device = { driver: slot.type, id, ...slot.props };
    await plugged(
      client,
      `plug processor ${index}`,
      id,
      (deadline) => client.execute("device_add", device, { signal: deadline }),
      signal,
    );
  }
  for (const [index, { "qom-path": qomPath }] of [...filled.entries()].slice(Math.max(1, vcpus)).toReversed()) {
    const isGone = async (deadline: AbortSignal): Promise<boolean> =>
      (await slots(client, deadline)).every((slot) => slot["qom-path"] !== qomPath);
    const device = { id: `cpu${index}`, qomPath, isGone };
    // The command takes paths as well, and what was there at the start has no id.
    await unplugged(
      client,
      `unplug processor ${index}`,
      device,
      (deadline) => client.execute("device_del", { id: qomPath }, { signal: deadline }),
      signal,
    );
  }
}

type FilledSlot = HotpluggableCpu & { readonly "qom-path": string };

function isFilled(slot: HotpluggableCpu): slot is FilledSlot {
  return slot["qom-path"] !== undefined;
}

async function slots(client: QmpClient, signal: AbortSignal | undefined): Promise<HotpluggableCpu[]> {
  const all = await client.execute("query-hotpluggable-cpus", {}, { signal });
  return all.toSorted((a, b) => {
    const level = TOPOLOGY.find((name) => a.props[name] !== b.props[name]);
    return level === undefined ? 0 : (a.props[level] ?? 0) - (b.props[level] ?? 0);
  });
}
