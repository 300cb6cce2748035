import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isDom0 } from "../../../hypervisors/xen/is-dom0.js";
import { messageOf } from "../../../src/common/error.js";
import { locateArtifacts } from "../../../src/host/config/locate-artifacts.js";

/** A way to run VMs, or something else that only some hosts have. */
export interface LabRow {
  /** For people and `--row`: `qemu/kvm + vsock`. */
  readonly name: string;
  /** Sections of a configuration file that choose a way to run VMs. */
  readonly config?: string;
  /** Groups of its tests (test-row.ts). */
  readonly groups: readonly string[];
  /** Why a host can't run it; undefined where it can. */
  readonly lack: () => string | undefined;
}

/** Groups of the tests of a way to run VMs. */
const OF_VMS = ["contract", "smoke"];
/** A Xen that is translated itself has to leave guests the processor's counter. */
const NATIVE_TSC = `extra_config = ['tsc_mode="native"']\n`;
/** Boots of translated guests in a machine that is translated itself. */
const SLOW_BOOT = "[guest]\nboot_timeout_ms = 400000\nmemory_mib = 512\n";

/** All rows, in the order of the report. */
export const ROWS: readonly LabRow[] = [
  qemu("kvm", "vsock", () => lackOfKvm() ?? lackOfDevice("/dev/vhost-vsock")),
  qemu("kvm", "serial", lackOfKvm),
  qemu("tcg", "vsock", () => lackOfDevice("/dev/vhost-vsock")),
  qemu("tcg", "serial", () => undefined),
  {
    name: "kvmtool + vsock",
    config: `[hypervisor]\ndriver = "kvmtool"\n${SLOW_BOOT}`,
    groups: OF_VMS,
    lack: () => lackOfKvm() ?? lackOfDevice("/dev/vhost-vsock") ?? lackOfProgram("lkvm", process.env["TSKATA_LKVM"]),
  },
  xen("pvh", lackOfDom0),
  xen("pv", () => lackOfDom0() ?? lackOfPvKernel()),
  // packages/vsock-ts with other programs of the host
  { name: "vsock-ts", groups: ["vsock"], lack: () => lackOfDevice("/dev/vsock") ?? lackOfModule("vsock_loopback") },
];

function qemu(accelerator: "kvm" | "tcg", transport: "vsock" | "serial", lack: LabRow["lack"]): LabRow {
  return {
    name: `qemu/${accelerator} + ${transport}`,
    config:
      `[hypervisor]\ndriver = "qemu"\n` +
      `[qemu]\naccelerator = "${accelerator}"\nagent_transport = "${transport}"\n${SLOW_BOOT}`,
    groups: OF_VMS,
    lack,
  };
}

function xen(guest: "pvh" | "pv", lack: LabRow["lack"]): LabRow {
  return {
    name: `xen ${guest}`,
    config: `[hypervisor]\ndriver = "xen"\n[xen]\nguest = "${guest}"\n${NATIVE_TSC}${SLOW_BOOT}`,
    groups: OF_VMS,
    lack,
  };
}

function lackOfDom0(): string | undefined {
  return isDom0() ? undefined : "this is no dom0 of Xen's";
}

function lackOfPvKernel(): string | undefined {
  const { xenPvKernel } = locateArtifacts({ guest: {} });
  return xenPvKernel === undefined ? "no kernel for PV guests was built (build-guest.mjs --xen-pv)" : undefined;
}

function lackOfKvm(): string | undefined {
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) {
    return "the processor shows neither vmx nor svm";
  }
  return lackOfDevice("/dev/kvm");
}

/** @param named where it is, where that is known */
function lackOfProgram(name: string, named: string | undefined): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = named === undefined ? folders.map((folder) => join(folder, name)) : [named];
  return candidates.some((path) => existsSync(path)) ? undefined : `${name} is not on PATH`;
}

function lackOfModule(name: string): string | undefined {
  return existsSync(`/sys/module/${name}`) ? undefined : `${name} is not loaded`;
}

function lackOfDevice(path: string): string | undefined {
  if (!existsSync(path)) return `${path} is missing`;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
