import type { MigrationStatus, QmpObject } from "./commands.js";
import type { QmpTimestamp } from "./message.js";

/** Why a guest stopped for good. ShutdownCause of QEMU's QAPI schema. */
export type ShutdownCause =
  | "none"
  | "host-error"
  | "host-qmp-quit"
  | "host-qmp-system-reset"
  | "host-signal"
  | "host-ui"
  | "guest-shutdown"
  | "guest-reset"
  | "guest-panic"
  | "subsystem-reset"
  | "snapshot-load";

/**
 * Events whose data is typed. Add others by declaration merging; every other
 * name is delivered too, with `unknown` data. See QEMU's
 * docs/interop/qemu-qmp-ref.
 */
export interface QmpEventData {
  SHUTDOWN: { readonly guest: boolean; readonly reason: ShutdownCause };
  POWERDOWN: undefined;
  RESET: { readonly guest: boolean; readonly reason: ShutdownCause };
  STOP: undefined;
  RESUME: undefined;
  SUSPEND: undefined;
  WAKEUP: undefined;
  GUEST_PANICKED: { readonly action: "pause" | "poweroff" | "run"; readonly info?: QmpObject };
  GUEST_CRASHLOADED: { readonly action: "pause" | "poweroff" | "run"; readonly info?: QmpObject };
  WATCHDOG: { readonly action: string };
  DEVICE_DELETED: { readonly device?: string; readonly path: string };
  DEVICE_UNPLUG_GUEST_ERROR: { readonly device?: string; readonly path: string };
  MEM_UNPLUG_ERROR: { readonly device: string; readonly msg: string };
  ACPI_DEVICE_OST: {
    readonly info: {
      readonly device?: string;
      readonly slot: string;
      readonly "slot-type": "DIMM" | "CPU";
      readonly source: number;
      readonly status: number;
    };
  };
  /** `size` in bytes. */
  MEMORY_DEVICE_SIZE_CHANGE: { readonly id?: string; readonly size: number; readonly "qom-path": string };
  /** `actual` in bytes. */
  BALLOON_CHANGE: { readonly actual: number };
  VSERPORT_CHANGE: { readonly id: string; readonly open: boolean };
  BLOCK_IO_ERROR: {
    readonly device: string;
    readonly "node-name"?: string;
    readonly operation: "read" | "write";
    readonly action: "report" | "ignore" | "stop";
    readonly reason: string;
  };
  MIGRATION: { readonly status: MigrationStatus };
  NIC_RX_FILTER_CHANGED: { readonly name?: string; readonly path: string };
  RTC_CHANGE: { readonly offset: number; readonly "qom-path"?: string };
  JOB_STATUS_CHANGE: { readonly id: string; readonly status: string };
}

/** The name of a typed event. */
export type QmpEventName = keyof QmpEventData;

/** The data of an event: typed for known names, `unknown` otherwise. */
export type QmpDataOf<N extends string> = N extends QmpEventName ? QmpEventData[N] : unknown;

/** An event. A union of names becomes a union of events that `name` tells apart. */
export type QmpEvent<N extends string = string> = N extends string
  ? {
      readonly name: N;
      readonly data: QmpDataOf<N>;
      readonly timestamp: QmpTimestamp;
    }
  : never;
