import type { Linux } from "../../oci/linux.js";
import type { DeviceMove } from "../network/move-device.js";
import type { KeptDevices } from "../state/container-record.js";

/** What `linux.netDevices` of config.json asks for. */
export function deviceMoves({ netDevices = {} }: Linux): DeviceMove[] {
  return Object.entries(netDevices).map(([name, { name: newName = "" }]) => {
    return { name, newName: newName === "" ? name : newName };
  });
}

/** Those that stay behind when the container ends, since its network namespace does; the VM may be joined with more. */
export function keptDevices(linux: Linux): KeptDevices | undefined {
  const namespace = linux.namespaces?.find(({ type }) => type === "network")?.path ?? "";
  const names = deviceMoves(linux).map(({ newName }) => newName);
  return namespace === "" ? undefined : { namespace, names };
}
