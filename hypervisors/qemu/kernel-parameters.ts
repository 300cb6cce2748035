import type { VmSize } from "../hypervisor.js";
import type { Accelerator } from "./options.js";
import { windowParameters } from "./shared-window.js";

/** What the guest kernel's command line depends on. */
export interface KernelParametersInput {
  readonly accelerator: Accelerator;
  /** How large the VM can become; undefined where it can't grow. */
  readonly room: VmSize | undefined;
  /** Frequency of the time-stamp counter as the guest sees it; undefined where it is unknown or not stable. */
  readonly tscKhz: number | undefined;
  /** Whether virtiofs is to keep to a part of the memory (`SHARED_WINDOW`). */
  readonly hasWindow: boolean;
  /** How the agent is reached. */
  readonly agent: string;
  /** Appended last, so that they win. */
  readonly extra: readonly string[];
}

/** What QEMU's own local APIC counts by: nanoseconds. */
const LAPIC_TIMER_HZ = 1_000_000_000;

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
    input.agent,
    // The kernel would make one that no container asks for, under a name that one may.
    "dummy.numdummies=0",
    ...timerParameters(input),
    ...memoryParameters(input),
    ...input.extra,
  ];
}

/**
 * What spares the kernel to calibrate its clocks against emulated devices.
 * KVM guests need nothing: they learn the frequencies from the hypervisor.
 */
function timerParameters({ accelerator, tscKhz }: KernelParametersInput): string[] {
  if (accelerator === "kvm") return [];
  // TCG hands the host's own counter through, so the host's frequency is the guest's.
  const tsc = tscKhz === undefined ? [] : [`tsc_early_khz=${tscKhz}`, "tsc=reliable"];
  return [...tsc, `tskata.lapic_timer_hz=${LAPIC_TIMER_HZ}`, "no_timer_check", "noreplace-smp"];
}

/**
 * For memory above 4 GiB, where the kernel would clear 64 MiB of bounce
 * buffers (150 ms without KVM), which virtio doesn't use: 512 slots are the
 * least that there can be. Memory that comes later is movable as far as the
 * rest can bear it, so that it can be given back.
 */
function memoryParameters({ room, hasWindow }: KernelParametersInput): string[] {
  const growing = room === undefined ? [] : ["memory_hotplug.online_policy=auto-movable"];
  if (hasWindow) return [...windowParameters(), ...growing];
  return room === undefined ? [] : ["swiotlb=512", ...growing];
}
