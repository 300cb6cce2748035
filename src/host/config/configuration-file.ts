/** One configuration file, or several merged, as TOML has it: each key may be absent. */
export interface ConfigurationFile {
  readonly hypervisor?: {
    readonly driver?: "auto" | "qemu" | "kvmtool" | "xen";
    readonly allowed_by_annotation?: readonly string[];
  };
  readonly qemu?: {
    readonly binary?: string;
    readonly accelerator?: "auto" | "kvm" | "tcg";
    readonly machine?: "q35" | "microvm";
    readonly user?: string;
    readonly live_templates?: boolean;
    readonly agent_transport?: "auto" | "serial" | "vsock" | "vhost-user-vsock";
    readonly vhost_device_vsock?: string;
    readonly vhost_net?: "auto" | "on" | "off";
    readonly huge_pages?: boolean;
    readonly extra_arguments?: readonly string[];
  };
  readonly kvmtool?: {
    readonly binary?: string;
    readonly user?: string;
    readonly agent_transport?: "auto" | "vsock" | "console";
    readonly balloon?: boolean;
    readonly extra_arguments?: readonly string[];
  };
  readonly xen?: {
    readonly xl?: string;
    readonly guest?: "auto" | "pvh" | "pv";
    readonly pv_kernel?: string;
    readonly extra_config?: readonly string[];
  };
  readonly guest?: {
    readonly kernel?: string;
    readonly image?: string;
    readonly kernel_parameters?: readonly string[];
    readonly memory_mib?: number;
    readonly vcpus?: number;
    readonly boot_timeout_ms?: number;
    readonly agent_timeout_ms?: number;
    readonly heartbeat_ms?: number;
  };
  readonly share?: {
    readonly backend?: "auto" | "virtiofs" | "9p" | "disk";
    readonly virtiofsd?: string;
    readonly disk_dir?: string;
    readonly disk_room_mib?: number;
  };
  readonly template?: { readonly enabled?: boolean };
  readonly paths?: { readonly run_dir?: string; readonly template_dir?: string; readonly state_root?: string };
  readonly host_cgroup?: {
    readonly mode?: "vm" | "mirror";
    readonly overhead_memory_mib?: number;
    readonly overhead_pids?: number;
    readonly overhead_cpus?: number;
  };
  readonly debug?: { readonly console?: boolean; readonly log_level?: "error" | "warning" | "info" | "debug" };
  readonly vm_section?: { readonly allow?: boolean };
}
