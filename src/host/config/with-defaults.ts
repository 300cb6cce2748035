import type { ConfigurationFile } from "./configuration-file.js";
import type { Configuration } from "./configuration.js";
import { type UsersOwn, usersOwn } from "./users-own.js";

const MIB = 1024 * 1024;

/** Milliseconds: of `guest.boot_timeout_ms`. */
export const BOOT_TIMEOUT_MS = 60_000;

/**
 * The configuration that a file stands for; the defaults are those that its
 * schema documents.
 *
 * @param own this caller's directories, where it is an ordinary user
 */
export function withDefaults(
  file: ConfigurationFile,
  own: Pick<UsersOwn, "runtimeDirectory"> | undefined = usersOwn(),
): Configuration {
  const runtimeDirectory = own?.runtimeDirectory ?? "/run";
  const {
    hypervisor = {},
    qemu = {},
    kvmtool = {},
    xen = {},
    guest = {},
    share = {},
    template = {},
    paths = {},
    debug = {},
  } = file;
  const { host_cgroup: hostCgroup = {} } = file;
  return {
    hypervisor: {
      driver: hypervisor.driver ?? "auto",
      allowedByAnnotation: hypervisor.allowed_by_annotation ?? [],
    },
    qemu: {
      binary: qemu.binary ?? "qemu-system-x86_64",
      accelerator: qemu.accelerator ?? "auto",
      machine: qemu.machine ?? "q35",
      ...given("user", qemu.user),
      keepUser: own !== undefined,
      liveTemplates: qemu.live_templates ?? true,
      agentTransport: qemu.agent_transport ?? "auto",
      vhostDeviceVsock: qemu.vhost_device_vsock ?? "vhost-device-vsock",
      vhostNet: qemu.vhost_net ?? "auto",
      hugePages: qemu.huge_pages ?? false,
      extraArguments: qemu.extra_arguments ?? [],
    },
    kvmtool: {
      ...given("binary", kvmtool.binary),
      ...given("user", kvmtool.user),
      agentTransport: kvmtool.agent_transport ?? "auto",
      balloon: kvmtool.balloon ?? false,
      extraArguments: kvmtool.extra_arguments ?? [],
    },
    xen: {
      xl: xen.xl ?? "xl",
      guest: xen.guest ?? "auto",
      ...given("pvKernel", xen.pv_kernel),
      extraConfig: xen.extra_config ?? [],
    },
    guest: {
      ...given("kernel", guest.kernel),
      ...given("image", guest.image),
      kernelParameters: guest.kernel_parameters ?? [],
      memoryBytes: (guest.memory_mib ?? 2048) * MIB,
      vcpus: guest.vcpus ?? 1,
      bootTimeoutMs: guest.boot_timeout_ms ?? BOOT_TIMEOUT_MS,
      agentTimeoutMs: guest.agent_timeout_ms ?? 30_000,
      heartbeatMs: guest.heartbeat_ms ?? 10_000,
    },
    share: {
      backend: share.backend ?? "auto",
      ...given("virtiofsd", share.virtiofsd),
      diskDir: share.disk_dir ?? "/var/tmp",
      diskRoomBytes: (share.disk_room_mib ?? 1024) * MIB,
    },
    template: { enabled: template.enabled ?? true },
    paths: {
      runDir: paths.run_dir ?? `${runtimeDirectory}/tskata-vm`,
      templateDir: paths.template_dir ?? `${runtimeDirectory}/tskata-templates`,
      stateRoot: paths.state_root ?? `${runtimeDirectory}/tskata`,
    },
    hostCgroup: {
      mode: hostCgroup.mode ?? "vm",
      overhead: {
        memoryBytes: (hostCgroup.overhead_memory_mib ?? 512) * MIB,
        pids: hostCgroup.overhead_pids ?? 256,
        cpus: hostCgroup.overhead_cpus ?? 1,
      },
    },
    debug: { console: debug.console ?? false, logLevel: debug.log_level ?? "info" },
    vmSection: { allow: file.vm_section?.allow ?? false },
  };
}

function given<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: string });
}
