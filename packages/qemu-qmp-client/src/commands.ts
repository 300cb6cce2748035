import type { QemuVersion } from "./message.js";

/** A command that takes no arguments. */
export type NoArguments = Readonly<Record<string, never>>;

/** A command that answers with an empty object. */
export type NoReturn = Readonly<Record<string, never>>;

/** Any JSON object. */
export type QmpObject = Readonly<Record<string, unknown>>;

/** RunState of QEMU's QAPI schema. */
export type RunState =
  | "colo"
  | "debug"
  | "finish-migrate"
  | "guest-panicked"
  | "inmigrate"
  | "internal-error"
  | "io-error"
  | "paused"
  | "postmigrate"
  | "prelaunch"
  | "restore-vm"
  | "running"
  | "save-vm"
  | "shutdown"
  | "suspended"
  | "watchdog";

/** Answer of `query-status`. */
export interface StatusInfo {
  readonly running: boolean;
  readonly status: RunState;
  /** Gone since QEMU 9. */
  readonly singlestep?: boolean;
}

/** One vCPU in the answer of `query-cpus-fast`. */
export interface CpuInfoFast {
  readonly "cpu-index": number;
  readonly "qom-path": string;
  /** The host's thread id of the vCPU. */
  readonly "thread-id": number;
  readonly target: string;
  readonly props?: QmpObject;
}

/** One slot in the answer of `query-hotpluggable-cpus`. */
export interface HotpluggableCpu {
  /** The device type for `device_add`. */
  readonly type: string;
  readonly "vcpus-count": number;
  /** What `device_add` must be given to fill this slot. */
  readonly props: Readonly<Record<string, number>>;
  /** Present where the slot is filled. */
  readonly "qom-path"?: string;
}

/** Answer of `query-memory-size-summary`, in bytes. */
export interface MemorySizeSummary {
  readonly "base-memory": number;
  readonly "plugged-memory"?: number;
}

/** A pc-dimm in the answer of `query-memory-devices`; sizes and addresses in bytes. */
export interface DimmInfo {
  /** Absent where it was given none. */
  readonly id?: string;
  readonly addr: number;
  readonly size: number;
  readonly slot: number;
  readonly node: number;
  /** QOM path of the backend. */
  readonly memdev: string;
  readonly hotplugged: boolean;
  readonly hotpluggable: boolean;
}

/** One device in the answer of `query-memory-devices`. */
export type MemoryDeviceInfo =
  | { readonly type: "dimm" | "nvdimm"; readonly data: DimmInfo }
  | { readonly type: "virtio-pmem" | "virtio-mem" | "sgx-epc" | "hv-balloon"; readonly data: QmpObject };

/** Answer of `query-migrate`. */
export interface MigrationInfo {
  readonly status?: MigrationStatus;
  /** Milliseconds. */
  readonly "total-time"?: number;
  readonly downtime?: number;
  readonly ram?: QmpObject;
  readonly "error-desc"?: string;
}

/** MigrationStatus of QEMU's QAPI schema. */
export type MigrationStatus =
  | "none"
  | "setup"
  | "cancelling"
  | "cancelled"
  | "active"
  | "postcopy-active"
  | "postcopy-paused"
  | "postcopy-recover"
  | "completed"
  | "failed"
  | "colo"
  | "pre-switchover"
  | "device"
  | "wait-unplug";

/** One entry in the answer of `qom-list`. */
export interface QomProperty {
  readonly name: string;
  readonly type: string;
}

/** One entry in the answer of `query-chardev`. */
export interface ChardevInfo {
  readonly label: string;
  readonly filename: string;
  readonly "frontend-open": boolean;
}

/** One entry in the answer of `query-machines`. */
export interface MachineInfo {
  readonly name: string;
  readonly alias?: string;
  readonly "is-default"?: boolean;
  readonly "cpu-max": number;
  readonly deprecated: boolean;
}

/** What a device needs to be named by. */
export interface DeviceReference {
  readonly id: string;
}

/**
 * Commands whose arguments and answers are typed. Add others by declaration
 * merging, or use `executeUntyped`. See QEMU's docs/interop/qemu-qmp-ref.
 */
export interface QmpCommands {
  "query-version": { arguments: NoArguments; returns: QemuVersion };
  "query-commands": { arguments: NoArguments; returns: readonly { readonly name: string }[] };
  "query-status": { arguments: NoArguments; returns: StatusInfo };
  "query-kvm": { arguments: NoArguments; returns: { readonly enabled: boolean; readonly present: boolean } };
  "query-name": { arguments: NoArguments; returns: { readonly name?: string } };
  "query-machines": { arguments: NoArguments; returns: readonly MachineInfo[] };
  "query-chardev": { arguments: NoArguments; returns: readonly ChardevInfo[] };

  cont: { arguments: NoArguments; returns: NoReturn };
  stop: { arguments: NoArguments; returns: NoReturn };
  quit: { arguments: NoArguments; returns: NoReturn };
  system_powerdown: { arguments: NoArguments; returns: NoReturn };
  system_reset: { arguments: NoArguments; returns: NoReturn };
  "inject-nmi": { arguments: NoArguments; returns: NoReturn };
  "set-action": {
    arguments: {
      readonly reboot?: "reset" | "shutdown";
      readonly shutdown?: "poweroff" | "pause";
      readonly panic?: "pause" | "shutdown" | "exit-failure" | "none";
      readonly watchdog?: "reset" | "shutdown" | "poweroff" | "pause" | "debug" | "none" | "inject-nmi";
    };
    returns: NoReturn;
  };

  "query-cpus-fast": { arguments: NoArguments; returns: readonly CpuInfoFast[] };
  "query-hotpluggable-cpus": { arguments: NoArguments; returns: readonly HotpluggableCpu[] };
  "query-memory-size-summary": { arguments: NoArguments; returns: MemorySizeSummary };
  "query-memory-devices": { arguments: NoArguments; returns: readonly MemoryDeviceInfo[] };
  "query-balloon": { arguments: NoArguments; returns: { readonly actual: number } };
  /** `value` is the guest's wanted memory in bytes. */
  balloon: { arguments: { readonly value: number }; returns: NoReturn };

  device_add: { arguments: QmpObject & { readonly driver: string; readonly id?: string }; returns: NoReturn };
  device_del: { arguments: DeviceReference; returns: NoReturn };
  "object-add": { arguments: QmpObject & { readonly "qom-type": string; readonly id: string }; returns: NoReturn };
  "object-del": { arguments: DeviceReference; returns: NoReturn };
  /** Names the descriptor that comes with it: see `sendLine`. */
  getfd: { arguments: { readonly fdname: string }; returns: NoReturn };
  closefd: { arguments: { readonly fdname: string }; returns: NoReturn };
  /** Puts the descriptor that comes with it into a set, which `/dev/fdset/N` opens: see `sendLine`. */
  "add-fd": {
    arguments: { readonly "fdset-id"?: number; readonly opaque?: string };
    returns: { readonly "fdset-id": number; readonly fd: number };
  };
  "remove-fd": { arguments: { readonly "fdset-id": number; readonly fd?: number }; returns: NoReturn };
  netdev_add: { arguments: QmpObject & { readonly type: string; readonly id: string }; returns: NoReturn };
  netdev_del: { arguments: DeviceReference; returns: NoReturn };
  "blockdev-add": {
    arguments: QmpObject & { readonly driver: string; readonly "node-name"?: string };
    returns: NoReturn;
  };
  "blockdev-del": { arguments: { readonly "node-name": string }; returns: NoReturn };
  "chardev-add": {
    arguments: { readonly id: string; readonly backend: QmpObject };
    returns: { readonly pty?: string };
  };
  "chardev-remove": { arguments: DeviceReference; returns: NoReturn };

  "qom-list": { arguments: { readonly path: string }; returns: readonly QomProperty[] };
  "qom-get": { arguments: { readonly path: string; readonly property: string }; returns: unknown };
  "qom-set": {
    arguments: { readonly path: string; readonly property: string; readonly value: unknown };
    returns: NoReturn;
  };

  migrate: { arguments: { readonly uri: string }; returns: NoReturn };
  "migrate-incoming": { arguments: { readonly uri: string }; returns: NoReturn };
  migrate_cancel: { arguments: NoArguments; returns: NoReturn };
  "query-migrate": { arguments: NoArguments; returns: MigrationInfo };
  "migrate-set-capabilities": {
    arguments: { readonly capabilities: readonly { readonly capability: string; readonly state: boolean }[] };
    returns: NoReturn;
  };
  "migrate-set-parameters": { arguments: QmpObject; returns: NoReturn };
}

/** The name of a typed command. */
export type QmpCommandName = keyof QmpCommands;

/** What a typed command takes. */
export type QmpArguments<C extends QmpCommandName> = QmpCommands[C]["arguments"];

/** What a typed command answers. */
export type QmpReturn<C extends QmpCommandName> = QmpCommands[C]["returns"];
