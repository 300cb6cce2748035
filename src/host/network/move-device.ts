import type { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { NetworkCommand } from "./network-command.js";
import { type DeviceAddress, findDevice, type NetworkDevice } from "./network-device.js";
import { OWN_NETWORK_NAMESPACE } from "./network-namespace.js";

/** A device of `linux.netDevices`. */
export interface DeviceMove {
  /** In the host's network namespace. */
  readonly name: string;
  /** In the container's. */
  readonly newName: string;
}

/**
 * Moves a network device from this process's namespace into another, with its
 * addresses of global scope, and sets it up there (config-linux.md, "Network
 * Devices"). The kernel keeps the rest of it by itself.
 *
 * @param namespace path of the other one
 * @param giveBack gets what moves it back, with all of its addresses
 * @returns the device as it is there
 * @throws TskataError `not-found`, `already-exists` for a name that is in use there, `unsupported` for one that doesn't
 *   carry Ethernet frames, `invalid-argument` for a name that the kernel would complete
 */
export async function moveDevice(
  command: NetworkCommand,
  { name, newName }: DeviceMove,
  namespace: string,
  giveBack: CleanupStack,
): Promise<NetworkDevice> {
  const what = `move network device ${name} to the container`;
  const device = await findDevice(command, undefined, name);
  if (device === undefined) {
    throw new TskataError("not-found", `${what}: the host has no such device; see ip link show`);
  }
  if (device.linkType !== "ether") {
    throw new TskataError("unsupported", `${what}: a VM can have Ethernet devices, and this one is ${device.linkType}`);
  }
  if (newName.includes("%")) {
    throw new TskataError("invalid-argument", `${what}: the name ${newName} is a pattern to the kernel; use no %`);
  }
  if ((await findDevice(command, namespace, newName)) !== undefined) {
    throw new TskataError(
      "already-exists",
      `${what}: its network namespace has a device ${newName} already; give it another name`,
    );
  }
  giveBack.defer(`set ${name} up as it was`, () => restore(command, device));
  await command(what, undefined, ["ip", "link", "set", "dev", name, "down"]);
  await command(what, undefined, ["ip", "link", "set", "dev", name, "netns", namespace, "name", newName]);
  giveBack.defer(`move ${name} back`, async () => {
    const target = ["netns", OWN_NETWORK_NAMESPACE, "name", name];
    await command(`move ${name} back`, namespace, ["ip", "link", "set", "dev", newName, ...target]);
  });
  const addresses = device.addresses.filter(({ scope }) => scope === "global");
  for (const address of addresses) await setAddress(command, namespace, newName, address);
  await command(what, namespace, ["ip", "link", "set", "dev", newName, "up"]);
  return { ...device, name: newName, isUp: true, addresses };
}

async function restore(command: NetworkCommand, { name, isUp, addresses }: NetworkDevice): Promise<void> {
  for (const address of addresses) await setAddress(command, undefined, name, address);
  if (isUp) await command(`set ${name} up`, undefined, ["ip", "link", "set", "dev", name, "up"]);
}

/** Adds an address; one that is there stays. */
async function setAddress(
  command: NetworkCommand,
  namespace: string | undefined,
  device: string,
  { address, prefixLength, broadcast, scope }: DeviceAddress,
): Promise<void> {
  await command(`give ${device} the address ${address}`, namespace, [
    ...["ip", "address", "replace", `${address}/${prefixLength}`],
    ...(broadcast === undefined ? [] : ["broadcast", broadcast]),
    ...["scope", scope, "dev", device],
  ]);
}
