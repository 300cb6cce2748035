import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { messageOf } from "../../../src/common/error.js";

/** A way to run VMs, which some hosts have. */
export interface LabRow {
  /** For people and `--row`: `qemu/kvm + vsock`. */
  readonly name: string;
  /** Sections of a configuration file, which choose it. */
  readonly config: string;
  /** Why a host can't run it; undefined where it can. */
  readonly lack: () => string | undefined;
}

/** Boots of translated guests in a machine that is translated itself. */
const SLOW_BOOT = "[guest]\nboot_timeout_ms = 400000\nmemory_mib = 512\n";

/** All rows, in the order of the report. */
export const ROWS: readonly LabRow[] = [
  qemu("kvm", "vsock", () => lackOfKvm() ?? lackOfDevice("/dev/vhost-vsock")),
  qemu("kvm", "serial", lackOfKvm),
  qemu("tcg", "vsock", () => lackOfDevice("/dev/vhost-vsock")),
  qemu("tcg", "serial", () => undefined),
];

function qemu(accelerator: "kvm" | "tcg", transport: "vsock" | "serial", lack: LabRow["lack"]): LabRow {
  return {
    name: `qemu/${accelerator} + ${transport}`,
    config:
      `[hypervisor]\ndriver = "qemu"\n` +
      `[qemu]\naccelerator = "${accelerator}"\nagent_transport = "${transport}"\n${SLOW_BOOT}`,
    lack,
  };
}

function lackOfKvm(): string | undefined {
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) {
    return "the processor shows neither vmx nor svm";
  }
  return lackOfDevice("/dev/kvm");
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
