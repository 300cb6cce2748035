import type { GuestProcessRow } from "../sandbox/control-protocol.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/** The container's processes as the guest numbers them; a stopped one has none. */
export async function guestProcesses(context: RuntimeContext, id: string): Promise<GuestProcessRow[]> {
  const record = context.store.read(id);
  if (effectiveStatus(record).status === "stopped") return [];
  return (await callSupervisor(record, "processes", { containerId: id }, context.config.guest.agentTimeoutMs)).rows;
}

/** The host's process ids that stand for the container's processes: its monitors. */
export async function monitorPids(context: RuntimeContext, id: string): Promise<number[]> {
  const record = context.store.read(id);
  if (effectiveStatus(record).status === "stopped") return [];
  return (await callSupervisor(record, "monitors", { containerId: id }, context.config.guest.agentTimeoutMs)).pids;
}
