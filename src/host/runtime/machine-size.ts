import { type KnownDriver, KNOWN_DRIVERS } from "../../../hypervisors/known-drivers.js";
import type { VmSize } from "../../../hypervisors/hypervisor.js";
import type { Configuration } from "../config/configuration.js";
import { hostSize } from "../sandbox/vm-size.js";
import { driverOptions } from "./vm-settings.js";

/**
 * All that a VM of this driver may have: what this system has, or the machine
 * where the driver owns that.
 *
 * @throws as `Hypervisor.hostSize`
 */
export async function machineSize(config: Configuration, driver: string): Promise<VmSize> {
  const known: Readonly<Record<string, KnownDriver>> = KNOWN_DRIVERS;
  if (known[driver]?.ownsMachine !== true) return hostSize();
  const { openDriver } = await import("../../../hypervisors/index.js");
  return (await openDriver(driver, driverOptions(config)).hostSize?.()) ?? hostSize();
}
