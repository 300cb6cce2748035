import { messageOf, TskataError } from "../../src/common/error.js";
import type { DriverProbe, ProbeFinding } from "../hypervisor.js";
import { whyNotPvh } from "./guest-type.js";
import { type Dom0Place, type HostInfo, isAtLeast, parseHostInfo, requireDom0 } from "./host-info.js";
import type { XenSettings } from "./options.js";
import { findProgram } from "./program.js";
import { Toolstack } from "./toolstack.js";

/** The oldest version that the driver is made for. */
const OLDEST = "4.5";
/** A VM of the default size. */
const USUAL_MIB = 2048;
const INSTALL = "apt-get install xen-hypervisor xen-utils xenstore-utils qemu-system-xen, and boot Xen";
/** Where libxl finds the device model of guests without a PC, from distribution to distribution. */
const DEVICE_MODELS = ["/usr/libexec/xen-qemu-system-i386", "/usr/lib/xen/bin/qemu-system-i386", "qemu-system-i386"];

/** Looks whether this system controls Xen, and has what guests need. */
export async function probeXen(settings: XenSettings, place: Dom0Place, signal?: AbortSignal): Promise<DriverProbe> {
  const findings: ProbeFinding[] = [];
  /** Undefined where it fails, which is a finding. */
  const attempt = async <T>(subject: string, remedy: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TskataError)) throw error;
      findings.push({ subject, level: "missing", detail: error.message, remedy });
      return undefined;
    }
  };
  const isDom0 = await attempt("xen", INSTALL, async () => {
    await requireDom0(place);
    return true;
  });
  if (isDom0 === undefined) return { usable: false, findings };
  const toolstack = await attempt("xl", INSTALL, () => Toolstack.find(settings));
  if (toolstack === undefined) return { usable: false, findings };
  const info = await attempt("xl", "start Xen's services (systemctl start xenstored xenconsoled)", async () =>
    parseHostInfo(await toolstack.xl("look at the host", ["info"], { signal })),
  );
  const store = await attempt("xenstored", "systemctl start xenstored; where it has died, reboot", async () =>
    toolstack.xenstore("ask xenstored", ["read", "/local/domain/0/name"], { signal }),
  );
  const watcher = await attempt("xenstore-watch", "apt-get install xenstore-utils", () =>
    findProgram("xenstore-watch"),
  );
  if (info !== undefined) findings.push(versionFinding(info), pvhFinding(info, settings), memoryFinding(info));
  if (store !== undefined) findings.push({ subject: "xenstored", level: "ok", detail: "answers" });
  findings.push(await deviceModelFinding());
  const usable = watcher !== undefined && findings.every(({ level }) => level !== "missing");
  return { usable, findings };
}

/** Exported for its test. */
export function versionFinding(info: HostInfo): ProbeFinding {
  const detail = `version ${info.major}.${info.minor}, this system is domain 0`;
  if (isAtLeast(info, OLDEST)) return { subject: "xen", level: "ok", detail };
  return { subject: "xen", level: "missing", detail: `${detail}: ${OLDEST} or newer is needed` };
}

/** Exported for its test. */
export function pvhFinding(info: HostInfo, { guest, pvKernel }: Pick<XenSettings, "guest" | "pvKernel">): ProbeFinding {
  const lack = whyNotPvh(info);
  if (lack === undefined) return { subject: "pvh", level: "ok", detail: "Xen and the processor have PVH guests" };
  const level = guest === "pvh" || pvKernel === undefined ? "missing" : "warning";
  const remedy =
    "turn virtualization on in the firmware, or build a kernel for PV guests (build-guest.mjs --xen-pv) and name it as xen.pv_kernel";
  return { subject: "pvh", level, detail: lack, remedy };
}

/** Exported for its test. */
export function memoryFinding({ freeMib }: HostInfo): ProbeFinding {
  const detail = `Xen has ${freeMib} MiB for guests`;
  if (freeMib >= USUAL_MIB) return { subject: "memory", level: "ok", detail };
  const remedy = "boot Xen with dom0_mem=, or take memory from domain 0 (xl mem-set 0 MIB)";
  return { subject: "memory", level: "warning", detail: `${detail}, less than a VM of ${USUAL_MIB} MiB takes`, remedy };
}

async function deviceModelFinding(): Promise<ProbeFinding> {
  const subject = "device model";
  for (const candidate of DEVICE_MODELS) {
    try {
      const path = await findProgram(candidate);
      return { subject, level: "ok", detail: `${path} serves disks, files and channels, as root in domain 0` };
    } catch (error) {
      if (!(error instanceof TskataError)) throw new Error(messageOf(error), { cause: error });
    }
  }
  const detail = `none of ${DEVICE_MODELS.join(", ")} is there: no disks, files or channels for guests`;
  return { subject, level: "missing", detail, remedy: "apt-get install qemu-system-xen" };
}
