import type { ResizeParams } from "../sandbox/control-protocol.js";
import type { RuntimeContext } from "./context.js";
import { callSupervisor } from "./supervisor-call.js";

/** Sets the window size of a process that has a terminal. */
export async function resizeTerminal({ store, config }: RuntimeContext, params: ResizeParams): Promise<void> {
  await callSupervisor(store.read(params.containerId), "resize", params, config.guest.agentTimeoutMs);
}
