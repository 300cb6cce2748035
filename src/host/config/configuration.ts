/** What the configuration files say, with defaults filled in; docs/configuration.md describes each key. */
export interface Configuration {
  readonly hypervisor: {
    readonly driver: "auto" | "qemu" | "kvmtool" | "xen";
    /** Names of drivers that a container may ask for by its annotation. */
    readonly allowedByAnnotation: readonly string[];
  };
  readonly qemu: {
    /** Path, or name to look for on PATH. */
    readonly binary: string;
    readonly accelerator: "auto" | "kvm" | "tcg";
    readonly machine: "q35" | "microvm";
    readonly user?: string;
    /** Whether QEMU stays the caller's user, whatever `user` says: that of an ordinary user does. */
    readonly keepUser: boolean;
    readonly liveTemplates: boolean;
    readonly agentTransport: "auto" | "serial" | "vsock" | "vhost-user-vsock";
    /** Path, or name to look for on PATH. */
    readonly vhostDeviceVsock: string;
    readonly vhostNet: "auto" | "on" | "off";
    readonly hugePages: boolean;
    readonly extraArguments: readonly string[];
  };
  readonly kvmtool: {
    /** Path, or name to look for on PATH; the driver's own default where absent. */
    readonly binary?: string;
    readonly user?: string;
    readonly agentTransport: "auto" | "vsock" | "console";
    readonly balloon: boolean;
    readonly extraArguments: readonly string[];
  };
  readonly xen: {
    /** Path, or name to look for. */
    readonly xl: string;
    readonly guest: "auto" | "pvh" | "pv";
    /** Absolute path. */
    readonly pvKernel?: string;
    readonly extraConfig: readonly string[];
  };
  readonly guest: {
    /** Absolute path; see locate-artifacts.ts for where it is absent. */
    readonly kernel?: string;
    /** Absolute path; as for the kernel. */
    readonly image?: string;
    readonly kernelParameters: readonly string[];
    readonly memoryBytes: number;
    readonly vcpus: number;
    readonly bootTimeoutMs: number;
    readonly agentTimeoutMs: number;
    readonly heartbeatMs: number;
  };
  readonly share: {
    readonly backend: "auto" | "virtiofs" | "9p" | "disk";
    /** Absolute path. */
    readonly virtiofsd?: string;
    /** Absolute path. */
    readonly diskDir: string;
    readonly diskRoomBytes: number;
  };
  readonly template: {
    readonly enabled: boolean;
  };
  readonly paths: {
    readonly runDir: string;
    readonly templateDir: string;
    readonly stateRoot: string;
  };
  readonly hostCgroup: {
    readonly mode: "vm" | "mirror";
    /** Of a VM beside its containers. */
    readonly overhead: { readonly memoryBytes: number; readonly pids: number; readonly cpus: number };
  };
  readonly debug: {
    readonly console: boolean;
    readonly logLevel: "error" | "warning" | "info" | "debug";
  };
  readonly vmSection: {
    readonly allow: boolean;
  };
}
