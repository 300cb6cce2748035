import { readFileSync } from "node:fs";
import { errnoName } from "./error.js";

/** What a device node says of its device. */
export interface DeviceNumber {
  /** Unbuffered characters are characters. */
  readonly type: "char" | "block";
  readonly major: number;
  readonly minor: number;
}

/**
 * The name that this kernel has for the device of a number, such as `net/tun`; undefined
 * where it has no such device, or none with a name.
 *
 * @param sysfs where sysfs is mounted, default /sys
 */
export function kernelDeviceName({ type, major, minor }: DeviceNumber, sysfs = "/sys"): string | undefined {
  let properties: string;
  try {
    properties = readFileSync(`${sysfs}/dev/${type}/${major}:${minor}/uevent`, "utf8");
  } catch (error) {
    // ENODEV: it goes away right now
    if (["ENOENT", "ENODEV"].includes(errnoName(error) ?? "")) return undefined;
    throw error;
  }
  return /^DEVNAME=(.+)$/m.exec(properties)?.[1];
}
