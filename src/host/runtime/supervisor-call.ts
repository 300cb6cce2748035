import { TskataError } from "../../common/error.js";
import type { Configuration } from "../config/configuration.js";
import { ControlClient } from "../sandbox/control-client.js";
import type { ControlMethod, ControlMethods } from "../sandbox/control-protocol.js";
import { RESIZE_BOTH_WAYS_TIMEOUT_MS } from "../sandbox/resize-vm.js";
import type { ContainerRecord } from "../state/container-record.js";
import { effectiveStatus } from "../state/effective-status.js";
import { runDirectoryAt } from "../state/run-directory.js";

/** For work that takes as long as somebody, or the container's memory, likes. */
export const NO_TIMEOUT_MS = 2 ** 30;

/** The bound of work in which the VM is resized beside what the agent does, in milliseconds. */
export function resizingTimeoutMs({ guest }: Configuration): number {
  return 2 * guest.agentTimeoutMs + RESIZE_BOTH_WAYS_TIMEOUT_MS;
}

/** The supervisor bounds its own work; this much later it is taken as hanging. */
const GRACE_MS = 10_000;

/**
 * Asks the container's supervisor once.
 *
 * @param workTimeoutMs the bound of the supervisor's and the agent's work
 * @throws TskataError `failed-precondition` where the container has stopped, or the supervisor's own error
 */
export async function callSupervisor<M extends ControlMethod>(
  record: ContainerRecord,
  method: M,
  params: ControlMethods[M]["params"],
  workTimeoutMs: number,
): Promise<ControlMethods[M]["result"]> {
  const { status, failure } = effectiveStatus(record);
  if (status === "stopped") {
    const why = failure === undefined ? "" : ` (${failure})`;
    throw new TskataError("failed-precondition", `${method} ${record.id}: container not running: it has stopped${why}`);
  }
  const client = await ControlClient.connect(runDirectoryAt(record.runDirectory).controlSocket);
  try {
    return await client.call(method, params, workTimeoutMs + GRACE_MS);
  } finally {
    client.close();
  }
}
