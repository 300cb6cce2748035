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
  /** What of the host its VMs can't do without, by the word that errors have of it: devices and sockets. */
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  /** Whether a VM has all of its memory from its start on. */
  readonly reservesMemory?: boolean;
  /** How many bytes a test may send to its VMs, where that takes long. */
  readonly inputBytes?: number;
  /** Whether its VMs can be plugged disks into. */
  readonly takesDisks?: boolean;
  /** Why a host can't run it; undefined where it can. */
  readonly lack: () => string | undefined;
}

/** Groups of the tests of a way to run VMs. */
const OF_VMS = ["contract", "smoke", "benchmarks", "bad-luck"];
const KVM = "/dev/kvm";
const VHOST_VSOCK = "/dev/vhost-vsock";
/** A Xen that is translated itself has to leave guests the processor's counter. */
const NATIVE_TSC = `extra_config = ['tsc_mode="native"']\n`;
/** For translated guests in a machine that is translated itself. */
const SLOW_GUEST = "[guest]\nboot_timeout_ms = 400000\nagent_timeout_ms = 120000\nmemory_mib = 512\n";

/** All rows, in the order of the report. */
export const ROWS: readonly LabRow[] = [
  qemu("kvm", "vsock"),
  qemu("kvm", "serial"),
  qemu("tcg", "vsock"),
  qemu("tcg", "serial"),
  kvmtool("vsock"),
  kvmtool("console"),
  xen("pvh", lackOfDom0),
  xen("pv", () => lackOfDom0() ?? lackOfPvKernel()),
  // packages/vsock-ts with other programs of the host
  {
    name: "vsock-ts",
    groups: ["vsock"],
    lack: () => lackOfDevices(["/dev/vsock", VHOST_VSOCK]) ?? lackOfModule("vsock_loopback"),
  },
];

function qemu(accelerator: "kvm" | "tcg", transport: "vsock" | "serial"): LabRow {
  const isKvm = accelerator === "kvm";
  const devices = [...(isKvm ? [KVM] : []), ...(transport === "vsock" ? [VHOST_VSOCK] : [])];
  return {
    name: `qemu/${accelerator} + ${transport}`,
    config:
      `[hypervisor]\ndriver = "qemu"\n` +
      `[qemu]\naccelerator = "${accelerator}"\nagent_transport = "${transport}"\n${SLOW_GUEST}`,
    groups: OF_VMS,
    needs: theirOwn(devices),
    takesDisks: true,
    lack: () => (isKvm ? lackOfVirtualization() : undefined) ?? lackOfDevices(devices),
  };
}

function kvmtool(transport: "vsock" | "console"): LabRow {
  const hasVsock = transport === "vsock";
  const devices = [KVM, ...(hasVsock ? [VHOST_VSOCK] : [])];
  return {
    name: `kvmtool + ${transport}`,
    config: `[hypervisor]\ndriver = "kvmtool"\n[kvmtool]\nagent_transport = "${transport}"\n${SLOW_GUEST}`,
    groups: hasVsock ? OF_VMS : OF_VMS.filter((group) => group !== "benchmarks"),
    ...(!hasVsock && { inputBytes: 100_000 }),
    needs: theirOwn(devices),
    lack: () => lackOfVirtualization() ?? lackOfDevices(devices) ?? lackOfProgram("lkvm", process.env["TSKATA_LKVM"]),
  };
}

function xen(guest: "pvh" | "pv", lack: LabRow["lack"]): LabRow {
  return {
    name: `xen ${guest}`,
    config: `[hypervisor]\ndriver = "xen"\n[xen]\nguest = "${guest}"\n${NATIVE_TSC}${SLOW_GUEST}`,
    groups: OF_VMS,
    needs: { xenstored: ["/run/xenstored/socket", "/dev/xen/xenbus"] },
    reservesMemory: true,
    takesDisks: true,
    lack,
  };
}

/** Devices are called by their paths. */
function theirOwn(paths: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(paths.map((path) => [path, [path]]));
}

function lackOfDom0(): string | undefined {
  return isDom0() ? undefined : "this is no dom0 of Xen's";
}

function lackOfPvKernel(): string | undefined {
  const { xenPvKernel } = locateArtifacts({ guest: {} });
  return xenPvKernel === undefined ? "no kernel for PV guests was built (build-guest.mjs --xen-pv)" : undefined;
}

function lackOfVirtualization(): string | undefined {
  const flags = readFileSync("/proc/cpuinfo", "utf8");
  return /^flags\s*:.*\b(vmx|svm)\b/m.test(flags) ? undefined : "the processor shows neither vmx nor svm";
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

function lackOfDevices(paths: readonly string[]): string | undefined {
  return paths.map(lackOfDevice).find((lack) => lack !== undefined);
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
