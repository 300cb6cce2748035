import type { TemplatePrograms } from "./template-programs.js";

/** How a guest's code is run: by the processor's virtualization, or translated by QEMU. */
export type Accelerator = "kvm" | "tcg";

/** By what the agent's byte channel leaves the guest. */
export type AgentTransport = "serial" | "vsock" | "vhost-user-vsock";

/** The machine types that the driver knows how to set up. */
export type MachineType = "q35" | "microvm";

/** Settings of the QEMU driver; each has a default. */
export interface QemuOptions {
  /** Path, or a name to look for on PATH. Default `qemu-system-x86_64`. */
  readonly binary?: string;
  /** Default `auto`: KVM where it really runs guests, TCG otherwise. */
  readonly accelerator?: Accelerator | "auto";
  /** Default `q35`. */
  readonly machine?: MachineType;
  /**
   * Name of the user as whom QEMU runs, when this process is root. Default:
   * `tskata` where there is such a user, else the number 65534. Without root
   * there is no change of user.
   */
  readonly user?: string;
  /**
   * Whether QEMU stays this process's user, without capabilities, whatever `user` says: for root of an ordinary user's
   * namespace, in whose directories other users find nothing. Default false.
   */
  readonly keepUser?: boolean;
  /** Whether a template is kept as a QEMU that is forked, where it can be. Default true. */
  readonly liveTemplates?: boolean;
  /**
   * By what the agent is reached. Default `auto`: the vsock of the host's kernel for guests in KVM, where it can be
   * opened, and else a serial port, which a VM that is forked has anyway.
   */
  readonly agentTransport?: AgentTransport | "auto";
  /** rust-vmm's vsock device: a path, or a name to look for on PATH. Default `vhost-device-vsock`. */
  readonly vhostDeviceVsock?: string;
  /**
   * Whether the host's kernel moves the packets of network cards. Default `auto`: for guests in KVM, where
   * /dev/vhost-net can be opened.
   */
  readonly vhostNet?: "auto" | "on" | "off";
  /** Whether VMs' memory is in huge pages of the host; there are no templates then. Default false. */
  readonly hugePages?: boolean;
  /** Appended to QEMU's command line as they are. */
  readonly extraArguments?: readonly string[];
  /**
   * A directory, writable by this process only, where results of trying this
   * machine's accelerators are kept until its next boot. Default: none, so
   * each process tries anew.
   */
  readonly factsDirectory?: string;
  /** How long QEMU may take to answer after its start, in milliseconds. Default 10,000. */
  readonly startTimeoutMs?: number;
  /** Gets lines for `--debug`, such as why KVM is not used. */
  readonly debugLog?: (line: string) => void;
  /** Path of our program that makes taps and sends them to QEMU. Default: none, so that no network cards can be plugged. */
  readonly tapSender?: string;
  /** Path of our program that copies a template's memory. Default: none, so that no clone can have a copy. */
  readonly memoryCopier?: string;
  /** Path of our library that lets older QEMUs map it privately. Default: none, so that they can't. */
  readonly memoryPreload?: string;
  /** Path of our library that lets a QEMU be forked. Default: none, so that templates are files. */
  readonly forkServer?: string;
  /** Path of our program that asks it to; likewise. */
  readonly forkClient?: string;
  /** Path of the native part of vsock-ts. Default: its package's own. */
  readonly vsockPart?: string;
}

type OptionalSetting = "user" | "factsDirectory" | "tapSender" | "vsockPart" | keyof TemplatePrograms;

/** The options with their defaults filled in. */
export interface QemuSettings extends Required<Omit<QemuOptions, OptionalSetting>> {
  readonly user: string | undefined;
  readonly factsDirectory: string | undefined;
  readonly tapSender: string | undefined;
  readonly vsockPart: string | undefined;
  readonly templatePrograms: TemplatePrograms;
}

/** Fills in the defaults. */
export function settingsOf(options: QemuOptions): QemuSettings {
  return {
    binary: options.binary ?? "qemu-system-x86_64",
    accelerator: options.accelerator ?? "auto",
    machine: options.machine ?? "q35",
    user: options.user,
    keepUser: options.keepUser ?? false,
    liveTemplates: options.liveTemplates ?? true,
    agentTransport: options.agentTransport ?? "auto",
    vhostDeviceVsock: options.vhostDeviceVsock ?? "vhost-device-vsock",
    vhostNet: options.vhostNet ?? "auto",
    hugePages: options.hugePages ?? false,
    extraArguments: options.extraArguments ?? [],
    factsDirectory: options.factsDirectory,
    startTimeoutMs: options.startTimeoutMs ?? 10_000,
    debugLog: options.debugLog ?? (() => undefined),
    tapSender: options.tapSender,
    vsockPart: options.vsockPart,
    templatePrograms: options,
  };
}
