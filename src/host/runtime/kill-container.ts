import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Sends a signal to the container's init process.
 *
 * @param signal number, see signal(7)
 * @param all to every process of the container
 * @throws TskataError `failed-precondition` with "container not running" where it has stopped
 */
export async function killContainer(context: RuntimeContext, id: string, signal: number, all: boolean): Promise<void> {
  const params = { containerId: id, signal, all };
  await callSupervisor(context.store.read(id), "kill", params, context.config.guest.agentTimeoutMs);
}
