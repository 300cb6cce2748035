import { TskataError } from "../src/common/error.js";
import type { Hypervisor } from "./hypervisor.js";
import { QemuHypervisor } from "./qemu/driver.js";
import type { QemuOptions } from "./qemu/options.js";

/** The drivers' own settings, by driver. */
export interface DriverOptions {
  readonly qemu?: Omit<QemuOptions, "debugLog">;
}

/** Gets lines for `--debug`, such as why an accelerator is not used. */
export type DebugLog = (line: string) => void;

const DRIVERS: Readonly<Record<string, (options: DriverOptions, debugLog: DebugLog) => Hypervisor>> = {
  qemu: ({ qemu }, debugLog) => new QemuHypervisor({ ...qemu, debugLog }),
};

/** The names that `openDriver` knows, for configuration and texts. */
export const driverNames: readonly string[] = Object.keys(DRIVERS);

/**
 * Opens a hypervisor driver by its name.
 *
 * @throws TskataError `invalid-argument` for a name that is not in `driverNames`, `not-found` where the driver's
 *   settings name something that the host does not have
 */
export function openDriver(
  name: string,
  options: DriverOptions = {},
  debugLog: DebugLog = () => undefined,
): Hypervisor {
  const open = Object.hasOwn(DRIVERS, name) ? DRIVERS[name] : undefined;
  if (open === undefined) {
    throw new TskataError("invalid-argument", `no hypervisor driver '${name}': known are ${driverNames.join(", ")}`);
  }
  return open(options, debugLog);
}
