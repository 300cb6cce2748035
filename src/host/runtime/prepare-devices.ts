import { TskataError } from "../../common/error.js";
import { kernelDeviceName } from "../../common/kernel-device-name.js";
import { allowsEveryDevice } from "../../oci/allows-every-device.js";
import type { Spec } from "../../oci/config.js";
import { toSafeNumber } from "../../oci/integer.js";
import type { LinuxDevice } from "../../oci/linux.js";

/** The devices of config.json, as the guest is told of them. */
export interface PreparedDevices {
  readonly devices: readonly LinuxDevice[];
  /** By a device's index: the name that the host's kernel has for it, where there is one on the host. */
  readonly hostDevices: Readonly<Record<number, string>>;
}

/**
 * Takes the host's disks out of a container's devices: in the VM their numbers are those
 * of other disks. What is a device of the host's only by chance, because a privileged
 * container gets them all, is left out; one that was asked for is refused.
 *
 * @param sysfs where sysfs is mounted, default /sys
 * @throws TskataError `unsupported`
 */
export function prepareDevices({ linux = {} }: Spec, sysfs?: string): PreparedDevices {
  const takesAll = allowsEveryDevice(linux.resources?.devices);
  const devices: LinuxDevice[] = [];
  const hostDevices: Record<number, string> = {};
  for (const device of linux.devices ?? []) {
    const name = hostName(device, sysfs);
    if (name !== undefined && device.type === "b") {
      if (takesAll) continue;
      throw new TskataError(
        "unsupported",
        `device ${device.path}: ${name} is a block device of this host, which a VM doesn't have; ` +
          `mount a filesystem of it here and share a directory`,
      );
    }
    if (name !== undefined) hostDevices[devices.length] = name;
    devices.push(device);
  }
  return { devices, hostDevices };
}

function hostName({ type, major, minor }: LinuxDevice, sysfs: string | undefined): string | undefined {
  if (type === "p" || major === undefined || minor === undefined) return undefined;
  const number = { major: toSafeNumber(major), minor: toSafeNumber(minor) };
  return kernelDeviceName({ type: type === "b" ? "block" : "char", ...number }, sysfs);
}
