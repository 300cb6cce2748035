import { TskataError } from "../../common/error.js";
import { kernelDeviceName } from "../../common/kernel-device-name.js";
import { allowsEveryDevice } from "../../oci/allows-every-device.js";
import type { Spec } from "../../oci/config.js";
import { toSafeNumber } from "../../oci/integer.js";

/**
 * A container's config.json without devices of the host's that this guest's kernel hasn't under
 * the same number: a node would be that of another device, or of none. A privileged
 * container, which gets all of the host's, goes without; one that was asked for is refused.
 *
 * @param hostDevices by a device's index: the name that the host's kernel has for it
 * @param sysfs where sysfs is mounted, default /sys
 * @throws TskataError `unsupported`
 */
export function withoutForeignDevices(spec: Spec, hostDevices: Readonly<Record<number, string>>, sysfs?: string): Spec {
  const names = Object.entries(hostDevices);
  const { linux } = spec;
  if (linux?.devices === undefined || names.length === 0) return spec;
  const takesAll = allowsEveryDevice(linux.resources?.devices);
  const devices = linux.devices.filter(({ path, type, major = 0, minor = 0 }, index) => {
    const name = hostDevices[index];
    if (name === undefined) return true;
    const number = { major: toSafeNumber(major), minor: toSafeNumber(minor) };
    const found = kernelDeviceName({ type: type === "b" ? "block" : "char", ...number }, sysfs);
    if (found === name || takesAll) return found === name;
    const here = found === undefined ? "none" : `${found} instead`;
    throw new TskataError(
      "unsupported",
      `device ${path}: ${name} (${number.major}:${number.minor}) is a device of this host, ` +
        `and the VM has ${here} by that number; leave it out`,
    );
  });
  return { ...spec, linux: { ...linux, devices } };
}
