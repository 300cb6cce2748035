import { TskataError } from "../src/common/error.js";
import type { Hypervisor } from "./hypervisor.js";
import { type DriverName, driverNames } from "./known-drivers.js";
import { KvmtoolHypervisor } from "./kvmtool/driver.js";
import type { KvmtoolOptions } from "./kvmtool/options.js";
import { QemuHypervisor } from "./qemu/driver.js";
import type { QemuOptions } from "./qemu/options.js";
import { XenHypervisor } from "./xen/driver.js";
import type { XenOptions } from "./xen/options.js";

/** The drivers' own settings, by driver. */
export interface DriverOptions {
  readonly qemu?: Omit<QemuOptions, keyof DriverHelp>;
  readonly kvmtool?: Omit<KvmtoolOptions, keyof DriverHelp>;
  readonly xen?: Omit<XenOptions, keyof DriverHelp>;
}

/** What drivers are given by whoever opens one; each can do without. */
export interface DriverHelp {
  /** Gets lines for `--debug`, such as why an accelerator is not used. */
  readonly debugLog?: (line: string) => void;
  /** Path of our program that makes taps for network cards. */
  readonly tapSender?: string;
  /** Path of our program that copies a template's memory. */
  readonly memoryCopier?: string;
  /** Path of our library that lets QEMU map it privately. */
  readonly memoryPreload?: string;
  /** Path of our library that lets a QEMU be forked. */
  readonly forkServer?: string;
  /** Path of our program that asks it to. */
  readonly forkClient?: string;
  /** Path of our program that shuts a VMM in. */
  readonly enclosure?: string;
  /** Path of our program that is joined with kvmtool's consoles. */
  readonly consoleRelay?: string;
  /** Path of the native part of vsock-ts; its package's own where absent. */
  readonly vsockPart?: string;
  /** Path of our script that moves the host's end of a network card of Xen's. */
  readonly vifScript?: string;
  /** Path of our script that shares files with a guest of Xen's. */
  readonly diskScript?: string;
}

const DRIVERS: Readonly<Record<DriverName, (options: DriverOptions, help: DriverHelp) => Hypervisor>> = {
  qemu: ({ qemu }, help) => new QemuHypervisor({ ...qemu, ...help }),
  kvmtool: ({ kvmtool }, help) => new KvmtoolHypervisor({ ...kvmtool, ...help }),
  xen: ({ xen }, help) => new XenHypervisor({ ...xen, ...help }),
};

/**
 * Opens a hypervisor driver by its name.
 *
 * @throws TskataError `invalid-argument` for a name that is not in `driverNames`, `not-found` where the driver's
 *   settings name something that the host does not have
 */
export function openDriver(name: string, options: DriverOptions = {}, help: DriverHelp = {}): Hypervisor {
  const open = isKnown(name) ? DRIVERS[name] : undefined;
  if (open === undefined) {
    throw new TskataError("invalid-argument", `no hypervisor driver '${name}': known are ${driverNames.join(", ")}`);
  }
  return open(options, help);
}

function isKnown(name: string): name is DriverName {
  return Object.hasOwn(DRIVERS, name);
}
