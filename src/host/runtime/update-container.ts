import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Changes a container's limits.
 *
 * @param resourcesJson a runtime-spec `linux.resources` object, already checked
 */
export async function updateContainer(context: RuntimeContext, id: string, resourcesJson: string): Promise<void> {
  const params = { containerId: id, resourcesJson };
  await callSupervisor(context.store.read(id), "update", params, context.config.guest.agentTimeoutMs);
}
