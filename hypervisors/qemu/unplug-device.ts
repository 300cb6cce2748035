import type { QmpClient } from "qemu-qmp-client";
import { unplugged } from "./guest-answer.js";

/** Where QEMU has the devices that were given an id. */
const DEVICES_PATH = "/machine/peripheral";

/**
 * Has the guest give a device of the PCI bus back.
 *
 * @param what what is asked for, for errors
 * @param id of the device
 * @throws as `unplugged`
 */
export async function unplugDevice(client: QmpClient, what: string, id: string, signal?: AbortSignal): Promise<void> {
  const isGone = async (deadline: AbortSignal): Promise<boolean> => {
    const devices = await client.execute("qom-list", { path: DEVICES_PATH }, { signal: deadline });
    return devices.every(({ name }) => name !== id);
  };
  const ask = (deadline: AbortSignal): Promise<unknown> => client.execute("device_del", { id }, { signal: deadline });
  await unplugged(client, what, { id, qomPath: `${DEVICES_PATH}/${id}`, isGone }, ask, signal);
}
