import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Sends a signal to the container's init process.
 *
 * @param signal number, see signal(7)
 * @param all to every process of the container; one that has stopped is no error then
 * @throws TskataError `failed-precondition` with "container not running" where it has stopped
 */
export async function killContainer(context: RuntimeContext, id: string, signal: number, all: boolean): Promise<void> {
  const record = context.store.read(id);
  // With all its processes gone, all have got what they could get.
  if (all && effectiveStatus(record).status === "stopped") return;
  const params = { containerId: id, signal, all };
  await callSupervisor(record, "kill", params, context.config.guest.agentTimeoutMs);
}
