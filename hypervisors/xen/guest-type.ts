import { TskataError } from "../../src/common/error.js";
import { type HostInfo, isAtLeast } from "./host-info.js";
import { type KernelEntries, kernelEntries } from "./kernel-entries.js";
import type { GuestType, XenSettings } from "./options.js";

/** A domain's type, and the kernel that it boots. */
export interface GuestKernel {
  readonly type: GuestType;
  readonly path: string;
}

/** The first version that has PVH guests. */
const PVH_SINCE = "4.10";

/**
 * Chooses how a guest is virtualized: as the settings ask, else PVH where Xen
 * has it and the kernel can be booted so, else PV.
 *
 * @param kernelPath the VM's kernel
 * @throws TskataError `unsupported` where the host or the kernel can't do that, and as `kernelEntries`
 */
export async function chooseGuestType(
  { guest, pvKernel }: Pick<XenSettings, "guest" | "pvKernel">,
  kernelPath: string,
  host: HostInfo,
  readEntries: (path: string) => Promise<KernelEntries> = kernelEntries,
): Promise<GuestKernel> {
  const lack = whyNotPvh(host);
  const type = guest === "auto" ? (lack === undefined ? "pvh" : "pv") : guest;
  if (type === "pvh") {
    if (lack !== undefined) throw new TskataError("unsupported", `a PVH guest (xen.guest) can't start: ${lack}`);
    if (!(await readEntries(kernelPath)).pvh) throw wrongKernel(kernelPath, "PVH", "CONFIG_PVH and CONFIG_XEN_PVH");
    return { type, path: kernelPath };
  }
  const path = pvKernel ?? kernelPath;
  if ((await readEntries(path)).pv) return { type, path };
  const why = guest === "auto" ? ` (PVH can't be had: ${lack})` : "";
  throw wrongKernel(
    path,
    "PV",
    `CONFIG_XEN_PV${why}, such as build-guest.mjs --xen-pv builds, and name it as xen.pv_kernel`,
  );
}

/** Why there are no PVH guests on this host; undefined where there are. */
export function whyNotPvh(host: HostInfo): string | undefined {
  if (!isAtLeast(host, PVH_SINCE)) {
    return `Xen ${host.major}.${host.minor} has no PVH guests, which came with ${PVH_SINCE}`;
  }
  return host.hasHvm ? undefined : "the processor's virtualization is missing or off";
}

function wrongKernel(path: string, type: string, needed: string): TskataError {
  return new TskataError("unsupported", `the kernel ${path} can't boot as a ${type} guest: take one with ${needed}`);
}
