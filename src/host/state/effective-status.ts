import type { ContainerRecord, RecordedStatus } from "./container-record.js";
import { isAlive } from "./process-identity.js";

/** Exit status of a container whose VM or supervisor died under it. */
export const LOST_EXIT_STATUS = 255;

/** What is true of a container now. */
export interface EffectiveStatus {
  readonly status: RecordedStatus;
  /** Pid for the OCI state: the monitor's, 0 once stopped. */
  readonly pid: number;
  readonly exitStatus?: number;
  readonly failure?: string;
}

/**
 * Reads the record against the processes of this host: a container whose
 * supervisor is gone is stopped with a failure, whatever the file says, and so
 * is one whose `create` was killed before a supervisor answered for it.
 */
export function effectiveStatus(record: ContainerRecord): EffectiveStatus {
  if (record.status === "stopped") {
    return {
      status: "stopped",
      pid: 0,
      exitStatus: record.exitStatus ?? LOST_EXIT_STATUS,
      ...(record.failure === undefined ? {} : { failure: record.failure }),
    };
  }
  const keeper = record.supervisor ?? record.creator;
  if (!isAlive(keeper)) {
    const failure =
      record.supervisor === undefined ? "create did not finish" : "the supervisor of its VM died, and the VM with it";
    return { status: "stopped", pid: 0, exitStatus: LOST_EXIT_STATUS, failure };
  }
  return { status: record.status, pid: record.monitor?.pid ?? 0 };
}
