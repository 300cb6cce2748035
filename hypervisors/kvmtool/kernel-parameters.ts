import { TskataError } from "../../src/common/error.js";

/** Room for the command line with its end, in bytes: COMMAND_LINE_SIZE of the kernel on x86. */
const COMMAND_LINE_BYTES = 2048;

/** A serial port of lkvm's: the first, or the one beside a terminal (command-line.ts). */
export type KernelConsole = "ttyS0" | "ttyS1";

/** What the guest kernel's command line depends on. */
export interface KernelParametersInput {
  /** How the agent is reached. */
  readonly agent: string;
  /** The serial port that the kernel speaks by. */
  readonly console: KernelConsole;
  /** Appended last, so that they win. */
  readonly extra: readonly string[];
}

/**
 * The guest kernel's whole command line (lkvm adds nothing with `--nodefaults`). See the kernel's
 * admin-guide/kernel-parameters.
 *
 * @throws TskataError `invalid-argument` for one that is too long, which lkvm would cut off
 */
export function kernelCommandLine({ agent, console, extra }: KernelParametersInput): string {
  const line = [
    `console=${console}`,
    "quiet",
    // A panic resets the machine at once, by the keyboard controller's way, at which lkvm ends.
    "panic=-1",
    "reboot=k",
    "root=/dev/vda",
    "rootfstype=erofs",
    "ro",
    "init=/sbin/init",
    agent,
    // lkvm's file server leaves to its user what it creates.
    "tskata.created_owner",
    // The kernel would make one that no container asks for, under a name that one may.
    "dummy.numdummies=0",
    // The machine has no tables of ACPI's, and its table of processors has no interrupts of ISA's: with an I/O APIC the
    // kernel would end at its timer's.
    "acpi=off",
    "noapic",
    "pci=conf1",
    ...extra,
  ].join(" ");
  const bytes = Buffer.byteLength(line);
  if (bytes >= COMMAND_LINE_BYTES) {
    throw new TskataError(
      "invalid-argument",
      `the guest kernel's command line has ${bytes} bytes, and kvmtool takes ${COMMAND_LINE_BYTES - 1}: ` +
        "give it fewer parameters (guest.kernel_parameters)",
    );
  }
  return line;
}
