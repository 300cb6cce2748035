import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/** Freezes every process of a running container. */
export async function pauseContainer(context: RuntimeContext, id: string): Promise<void> {
  await callSupervisor(context.store.read(id), "pause", { containerId: id }, context.config.guest.agentTimeoutMs);
}

/** Lets the processes of a paused container go on. */
export async function resumeContainer(context: RuntimeContext, id: string): Promise<void> {
  await callSupervisor(context.store.read(id), "resume", { containerId: id }, context.config.guest.agentTimeoutMs);
}
