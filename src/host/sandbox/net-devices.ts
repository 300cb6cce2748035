import type { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import { type DeviceMove, moveDevice } from "../network/move-device.js";
import { type NetworkCommand, networkCommand } from "../network/network-command.js";
import type { NetworkDevice } from "../network/network-device.js";

/**
 * Moves the host's devices of `linux.netDevices` into the container's network
 * namespace.
 *
 * @param namespace path of it; undefined where it is the host's
 * @param giveBack gets what moves them back
 * @throws TskataError `failed-precondition` where the namespace is the host's, `unsupported` where two have the same
 *   Ethernet address, and as `moveDevice`
 */
export async function moveNetDevices(
  moves: readonly DeviceMove[],
  namespace: string | undefined,
  giveBack: CleanupStack,
  command: NetworkCommand = networkCommand,
): Promise<void> {
  if (namespace === undefined) {
    throw new TskataError(
      "failed-precondition",
      "linux.netDevices: the container's network namespace is the host's; give it one of its own in linux.namespaces",
    );
  }
  const devices: NetworkDevice[] = [];
  for (const move of moves) {
    const device = await moveDevice(command, move, namespace, giveBack);
    requireOtherAddress(device, devices);
    devices.push(device);
  }
}

/** The guest tells its cards apart by their addresses. */
function requireOtherAddress({ name, macAddress }: NetworkDevice, devices: readonly NetworkDevice[]): void {
  const twin = devices.find((device) => device.macAddress === macAddress);
  if (twin === undefined) return;
  throw new TskataError(
    "unsupported",
    `linux.netDevices: ${twin.name} and ${name} have the same Ethernet address ${macAddress}; give one of them another`,
  );
}
