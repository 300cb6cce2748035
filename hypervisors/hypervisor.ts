import type { Duplex } from "node:stream";

/** What a driver may or may not be able to do, each in words that follow "can" or "can't". */
export const CAPABILITIES = {
  pause: "halt a VM and let it go on",
  "hotplug-cpu": "change the number of a VM's processors while it runs",
  "hotplug-memory": "change the size of a VM's memory while it runs",
  balloon: "take memory from a VM that runs and give it back, up to what it was booted with",
  "hotplug-disk": "plug disks into a VM that runs",
  "hotplug-nic": "plug network cards into a VM that runs",
  "hotplug-share": "plug shared directories into a VM that runs",
  virtiofs: "share directories by virtiofs",
  "nine-p": "share directories by 9p",
  vsock: "reach a VM's agent by vsock",
  serial: "reach a VM's agent by a port or a console",
  template: "clone VMs from a template",
} as const satisfies Readonly<Record<string, string>>;

/** One of them. Asking for one that is missing is an `unsupported` error. */
export type Capability = keyof typeof CAPABILITIES;

/** A directory of the host that the guest may mount by its tag. */
export type ShareDevice =
  /** A vhost-user-fs device; `socketPath` is the listening socket of a virtiofsd. */
  | { readonly kind: "virtiofs"; readonly tag: string; readonly socketPath: string }
  /** The VMM's own 9p server on `directory`. */
  | {
      readonly kind: "nine-p";
      readonly tag: string;
      readonly directory: string;
      /** `Hypervisor.ninePTransport`. */
      readonly transport?: NinePTransport | undefined;
    };

/** By what a guest's kernel reaches a 9p server: the names of Linux's `trans=`. */
export type NinePTransport = "virtio" | "xen";

/** A network card of a VM, which is joined with a tap of the host. */
export interface NetworkCard {
  /** Unique in the VM: a letter, then letters, digits and hyphens. */
  readonly id: string;
  /** Six bytes in hexadecimal with colons between them: the address that it is to have. */
  readonly macAddress: string;
  readonly tap: Tap;
}

/** A tap to be made; it goes with the card that it is joined with. */
export interface Tap {
  /** Up to 15 bytes; nothing in the namespace has that name. */
  readonly name: string;
  /** Path of the network namespace of the host that it is made in. */
  readonly namespace: string;
}

/** A disk of a VM that the guest may write to. */
export interface Disk {
  /** Unique in the VM: a letter, then letters, digits and hyphens. */
  readonly id: string;
  /** A file of the host with the disk's bytes, which may be removed once it is plugged. */
  readonly path: string;
}

/** Processors and memory of a VM. */
export interface VmSize {
  readonly vcpus: number;
  readonly memoryBytes: number;
}

/** What a VM starts from. */
export type VmStart =
  /** Its kernel. */
  | { readonly kind: "kernel" }
  /** Its kernel, and it will be captured into this directory, an existing empty one (`template`). */
  | { readonly kind: "to-capture"; readonly directory: string }
  /** A VM that was captured into this directory, and of which all but the run directory was the same. */
  | { readonly kind: "template"; readonly directory: string; readonly memory: TemplateMemory };

/**
 * How a clone has its template's memory. `private`: pages are the template's
 * until the clone writes to them; no other process can work in such memory, so
 * that virtiofs can't be had. `copied`: it has its own from the start.
 */
export type TemplateMemory = "private" | "copied";

/** One virtual machine, as a driver is asked to boot it. */
export interface VmSpec extends VmSize {
  /** Short and unique on the host: names processes and files. */
  readonly name: string;
  /** A directory of this VM's own for the driver's files; exists, removed by the caller. */
  readonly runDirectory: string;
  readonly kernelPath: string;
  /** An initial RAM disk for it; none where absent. */
  readonly initrdPath?: string;
  /** Read-only root image of the guest. */
  readonly imagePath: string;
  /** Appended to the driver's own kernel command line. */
  readonly extraKernelParameters: readonly string[];
  /** Rounded up to what the driver can give. */
  readonly memoryBytes: number;
  /** How far a driver that can has to be ready to grow it later; not at all where absent. */
  readonly largest?: VmSize;
  /** What it starts from; its kernel where absent. */
  readonly start?: VmStart;
  readonly shares: readonly ShareDevice[];
  /** How many shares of kind virtiofs can be plugged (`hotplug-share`); none where absent. */
  readonly sharePorts?: number;
  /** How many network cards can be plugged (`hotplug-nic`); none where absent. */
  readonly networkCards?: number;
  /** How many disks can be plugged (`hotplug-disk`); none where absent. */
  readonly disks?: number;
  /**
   * Files of the cgroups that the VMM is to be in, one a hierarchy: `tasks` of version 1, `cgroup.procs` of version 2. A
   * VMM that this process starts is where this process is; one that comes otherwise is put there before it touches the
   * guest's memory, as far as it can be. Where absent, that one
   * stays where it comes from.
   */
  readonly cgroupFiles?: readonly string[];
  /**
   * Where the guest's kernel messages and console output go. The driver bounds
   * what it keeps; the file is for people.
   */
  readonly consoleLogPath: string;
}

/** Why a VM is no more. */
export type VmExit =
  /** The guest powered off. */
  | { readonly kind: "guest-shutdown" }
  /** The guest's kernel panicked, or the guest reset its machine, which its init never does. */
  | { readonly kind: "guest-panic" }
  /** `stop()` was called. */
  | { readonly kind: "stopped" }
  /** The VMM process ended by itself or was killed. */
  | {
      readonly kind: "vmm-died";
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly stderr: string;
    };

/** Moments of the boot on the host, in milliseconds of `performance.now()`. */
export interface VmBootMarks {
  readonly spawnedMs: number;
  /** The VMM answered on its control channel. */
  readonly controlReadyMs: number;
  /** The guest was set running. */
  readonly runningMs: number;
}

/** A VM that can be cloned, in a directory. */
export interface CapturedVm {
  /**
   * The process that holds it, where there is one: it lives as long as the directory's files, goes on without them
   * for nobody, and is nobody's child.
   */
  readonly pid?: number;
}

/** A booted VM. */
export interface VirtualMachine {
  /** Process ids on the host that belong to this VM: VMM and helpers. */
  readonly hostPids: readonly number[];
  readonly bootMarks: VmBootMarks;
  /** Settles once, when the VM is gone; never rejects. */
  readonly exited: Promise<VmExit>;
  /**
   * The byte channel to the agent (a virtio-serial port, a vsock connection, a PV console), once. A clone goes on with
   * what its template had. Settles when the guest's side is there, which with a serial port is not waited for.
   *
   * @throws TskataError `unavailable` where the guest can't be reached; the signal's reason
   */
  openAgentChannel(signal?: AbortSignal): Promise<Duplex>;
  /** Ends the VM at once, and the agent's channel; settles when the processes are reaped. Safe to call twice. */
  stop(): Promise<void>;
  /** Halts all vCPUs. */
  pause(signal?: AbortSignal): Promise<void>;
  /** Lets them go on. */
  resume(signal?: AbortSignal): Promise<void>;
  /** What the VM has been given, as the VMM says; the guest may use less. */
  size(signal?: AbortSignal): Promise<VmSize>;
  /**
   * Plugs processors, or asks the guest to give some back (`hotplug-cpu`).
   * Settles when the guest's kernel has taken or given back all of them. It
   * takes them offline: whether it uses them is the agent's to see to.
   *
   * @throws TskataError `unsupported` where this VM can't have so many or so few, `deadline` where the guest doesn't take or
   *   give them back in time, `failed-precondition` where it refuses
   */
  setVcpus(vcpus: number, signal?: AbortSignal): Promise<void>;
  /**
   * Plugs memory, at least as much as is missing, or asks the guest to give
   * some back, at most what is too much (`hotplug-memory`). Settles when the
   * guest's kernel uses it, or has given it back. What the VM was booted with
   * stays, but with a `balloon`: that takes of it, and settles when the host
   * has what was taken, or when what is given back is the guest's to take. Asked
   * for more than that, it gives all of it back before it says `unsupported`.
   *
   * @throws as `setVcpus`, and TskataError `resource` where the host has not that much
   */
  setMemory(memoryBytes: number, signal?: AbortSignal): Promise<void>;
  /**
   * Makes a tap and plugs a network card that is joined with it (`hotplug-nic`). Settles when the VM has it; the guest's
   * kernel finds it a moment later.
   *
   * @returns the address by which the guest finds it: where it is another one than the card's, the guest has the card
   *   already and keeps it when it is unplugged. It is to give it the card's address, and back its own before then
   * @throws TskataError `unsupported` for more cards than the VM was started for, `unavailable` where the tap can't be
   *   made
   */
  plugNetworkCard(card: NetworkCard, signal?: AbortSignal): Promise<string>;
  /**
   * Takes a network card away, and its tap (`hotplug-nic`). Settles when the guest's kernel has given it back.
   *
   * @param id of the card
   * @throws TskataError `not-found` where no such card is plugged, `deadline` and `failed-precondition` as `setVcpus`
   */
  unplugNetworkCard(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Plugs a share of kind virtiofs (`hotplug-share`). Settles when the VM has it; the guest's kernel finds it a moment
   * later.
   *
   * @throws TskataError `unsupported` for another kind, and for more shares than the VM was started for
   */
  plugShare(share: ShareDevice, signal?: AbortSignal): Promise<void>;
  /**
   * Plugs a disk (`hotplug-disk`). Settles when the VM has it; the guest's kernel finds it a moment later, and knows it
   * by what is on it.
   *
   * @throws TskataError `unsupported` for more disks than the VM was started for, `unavailable` where its file can't be
   *   opened
   */
  plugDisk(disk: Disk, signal?: AbortSignal): Promise<void>;
  /**
   * Takes a disk away (`hotplug-disk`). Settles when the guest's kernel has given it back, as it does when it isn't in
   * use.
   *
   * @param id of the disk
   * @throws TskataError `not-found` where no such disk is plugged, `deadline` and `failed-precondition` as `setVcpus`
   */
  unplugDisk(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Halts the guest for good and keeps it in the directory that the VM was started to be captured into; the VM itself
   * ends. What is in the directory is writable by its owner, this process's user, alone (`template`).
   *
   * @throws TskataError `failed-precondition` for a VM that was started otherwise, `resource` where the directory's
   *   file system is full
   */
  capture(signal?: AbortSignal): Promise<CapturedVm>;
}

/** What a driver found out about this machine. */
export interface DriverProbe {
  readonly usable: boolean;
  /** For people: versions found, and for each lack what mends it. */
  readonly findings: readonly ProbeFinding[];
}

/** One line of `tskata check`. */
export interface ProbeFinding {
  readonly subject: string;
  readonly level: "ok" | "warning" | "missing";
  readonly detail: string;
  /** A command or a setting that mends it; absent where nothing does or nothing needs to. */
  readonly remedy?: string;
}

/** A user of the host, by number. */
export interface HostUser {
  readonly uid: number;
  readonly gid: number;
}

/** The name of an input of templates: `true` where they are processes. */
export const LIVE_INPUT = "live";

/** A hypervisor driver. One folder each; registered in index.ts. */
export interface Hypervisor {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * Whom the VMM runs as; sockets that it connects to, and files that it opens,
   * must let this user in. Undefined where it runs as this process does.
   */
  readonly vmmUser: HostUser | undefined;
  /** By what its guests reach shares of kind nine-p; `virtio` where absent. */
  readonly ninePTransport?: NinePTransport;
  /**
   * For drivers that have 9p (`nine-p`) on some machines only: why this one's VMs haven't, for people; undefined where
   * they have.
   *
   * @throws as `boot`
   */
  whyNotNineP?(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Makes sure of a capability before something is begun that needs it.
   *
   * @param what what is asked for, for the error's text
   * @throws TskataError `unsupported`, with what to change, where the driver doesn't have it as it is set up
   */
  require(capability: Capability, what: string): void;
  /**
   * What a template depends on besides the VM's spec and the files that it names: another value, another template.
   * Names of files' identities (`fileIdentity`) begin with `file:`. Where a template is a process (LIVE_INPUT), it is of
   * use where that is alone: in its pid and mount namespace.
   *
   * @throws as `boot`
   */
  templateInputs(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * All that the machine has, for those that own it (`KnownDriver.ownsMachine`).
   *
   * @throws as `boot`
   */
  hostSize?(signal?: AbortSignal): Promise<VmSize>;
  /** Tries what this machine has, for real. */
  probe(signal?: AbortSignal): Promise<DriverProbe>;
  /**
   * Boots a VM; settles when the guest runs (not when its agent answers).
   * On failure nothing is left behind.
   */
  boot(spec: VmSpec, signal?: AbortSignal): Promise<VirtualMachine>;
}
