import type { Accelerator, MachineType } from "./options.js";

/** What the guest kernel's command line depends on. */
export interface KernelParametersInput {
  readonly accelerator: Accelerator;
  readonly machine: MachineType;
  readonly vcpus: number;
  /** Frequency of the time-stamp counter as the guest sees it; undefined where it is unknown or not stable. */
  readonly tscKhz: number | undefined;
  /** Appended last, so that they win. */
  readonly extra: readonly string[];
}

/**
 * The guest kernel's command line. See the kernel's
 * admin-guide/kernel-parameters.
 */
export function kernelParameters(input: KernelParametersInput): string[] {
  return [
    "console=ttyS0",
    "quiet",
    // A panic resets the machine at once, and QEMU's -no-reboot turns that into its end.
    "panic=-1",
    "reboot=t",
    "root=/dev/vda",
    "rootfstype=erofs",
    "ro",
    "init=/sbin/init",
    "tskata.agent=serial",
    ...timerParameters(input),
    ...input.extra,
  ];
}

/**
 * What spares the kernel to calibrate its clocks against emulated devices.
 * KVM guests need nothing: they learn the frequencies from the hypervisor.
 */
function timerParameters({ accelerator, machine, vcpus, tscKhz }: KernelParametersInput): string[] {
  if (accelerator === "kvm") return [];
  // TCG hands the host's own counter through, so the host's frequency is the guest's.
  const tsc = tscKhz === undefined ? [] : [`tsc_early_khz=${tscKhz}`, "tsc=reliable"];
  // Without the local APIC's timer, more than one vCPU would have no high-resolution timers, and a microvm no timer.
  const lapic = vcpus === 1 && machine === "q35" ? ["nolapic_timer"] : [];
  return [...tsc, "no_timer_check", "noreplace-smp", ...lapic];
}
