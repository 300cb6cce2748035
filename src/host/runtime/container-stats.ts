import type { ContainerStats } from "../sandbox/control-protocol.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/** What the container's cgroup in the guest shows. */
export async function containerStats(context: RuntimeContext, id: string): Promise<ContainerStats> {
  const record = context.store.read(id);
  return callSupervisor(record, "stats", { containerId: id }, context.config.guest.agentTimeoutMs);
}
