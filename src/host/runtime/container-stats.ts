import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/** The `data` object of runc's `events --stats`, as JSON text, from the cgroup in the guest. */
export async function containerStats(context: RuntimeContext, id: string): Promise<string> {
  const record = context.store.read(id);
  return (await callSupervisor(record, "stats", { containerId: id }, context.config.guest.agentTimeoutMs)).statsJson;
}
