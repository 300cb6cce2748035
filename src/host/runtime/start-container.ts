import { TskataError } from "../../common/error.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Runs the program of a created container.
 *
 * @throws TskataError `failed-precondition` unless its status is `created`
 */
export async function startContainer(context: RuntimeContext, id: string): Promise<void> {
  const record = context.store.read(id);
  if (effectiveStatus(record).status === "stopped") {
    throw new TskataError("failed-precondition", `start ${id}: cannot start a container that has stopped`);
  }
  await callSupervisor(record, "start", { containerId: id }, context.config.guest.agentTimeoutMs);
}
