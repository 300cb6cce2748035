import type { VirtualMachine } from "../../../hypervisors/hypervisor.js";
import type { CleanupStack } from "../../common/cleanup-stack.js";
import { TskataError } from "../../common/error.js";
import type { AgentClient } from "../../protocol/agent-client.js";
import { joinWithTap } from "../network/join-with-tap.js";
import { type DeviceMove, moveDevice } from "../network/move-device.js";
import { type NetworkCommand, networkCommand } from "../network/network-command.js";
import type { NetworkDevice } from "../network/network-device.js";
import { holdNetworkNamespace } from "../network/network-namespace.js";
import { freshEntropy } from "./guest-identity.js";

/** Longest name of a network device, in bytes. */
const MAX_NAME_BYTES = 15;

/** Network devices in the namespace of a container, that of its monitor. */
export interface MovedDevices {
  /** A path to it, as long as this process lives. */
  readonly namespace: string;
  readonly devices: readonly NetworkDevice[];
}

/**
 * Moves the host's devices of `linux.netDevices` into the container's network
 * namespace.
 *
 * @param monitorPid who is in it
 * @param giveBack gets what moves them back
 * @throws TskataError `failed-precondition` where the namespace is the host's, `unsupported` where two have the same
 *   Ethernet address, and as `moveDevice`
 */
export async function moveNetDevices(
  moves: readonly DeviceMove[],
  monitorPid: number,
  giveBack: CleanupStack,
  command: NetworkCommand = networkCommand,
): Promise<MovedDevices> {
  const namespace = holdNetworkNamespace("linux.netDevices", monitorPid);
  const devices: NetworkDevice[] = [];
  for (const move of moves) {
    const device = await moveDevice(command, move, namespace, giveBack);
    requireOtherAddress(device, devices);
    devices.push(device);
  }
  return { namespace, devices };
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

/** The VM that gets network cards. */
export interface NetworkedVm {
  /** Tells its taps from those of others. */
  readonly sandboxId: string;
  readonly machine: Pick<VirtualMachine, "plugNetworkCard">;
  readonly configureInterfaces: (request: Parameters<AgentClient["configureInterfaces"]>[0]) => Promise<unknown>;
}

/**
 * Gives the VM a network card for each device, and has the guest set them up
 * with the devices' names and addresses.
 *
 * @param undo gets what parts the devices from the VM
 */
export async function plugNetDevices(
  { namespace, devices }: MovedDevices,
  vm: NetworkedVm,
  undo: CleanupStack,
  signal: AbortSignal,
  command: NetworkCommand = networkCommand,
): Promise<void> {
  for (const [index, device] of devices.entries()) {
    const tap = { name: `tap${index}-${vm.sandboxId}`.slice(0, MAX_NAME_BYTES), namespace };
    await vm.machine.plugNetworkCard({ id: `nic${index}`, macAddress: device.macAddress, tap }, signal);
    await joinWithTap(command, namespace, device, tap.name, undo);
  }
  await vm.configureInterfaces({
    entropy: await freshEntropy(),
    interfaces: devices.map(({ macAddress, name, mtu, addresses }) => ({
      macAddress: Buffer.from(macAddress.replaceAll(":", ""), "hex"),
      name,
      mtu,
      addresses: addresses.map(({ address, prefixLength, broadcast = "" }) => ({ address, prefixLength, broadcast })),
    })),
  });
}
