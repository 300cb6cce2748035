import type { RuntimeContext } from "./context.js";
import { callSupervisor, resizingTimeoutMs } from "./supervisor-call.js";

/**
 * Changes a container's limits, in the guest and in its cgroups on the host.
 * The VM follows, as far as it can.
 *
 * @param resourcesJson a runtime-spec `linux.resources` object, already checked
 */
export async function updateContainer(context: RuntimeContext, id: string, resourcesJson: string): Promise<void> {
  const params = { containerId: id, resourcesJson };
  const record = context.store.read(id);
  const { warnings } = await callSupervisor(record, "update", params, resizingTimeoutMs(context.config));
  for (const warning of warnings) context.log.warning(`update ${id}: ${warning}`);
}
