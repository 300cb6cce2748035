import type { RuntimeContext } from "./context.js";
import { callSupervisor, NO_TIMEOUT_MS } from "./supervisor-call.js";

/**
 * Waits until more of a container's processes than `seen` were killed because memory ran out, or it has stopped.
 *
 * @returns how many were
 */
export async function awaitOomKill({ store }: RuntimeContext, id: string, seen: number): Promise<number> {
  const params = { containerId: id, seen };
  return (await callSupervisor(store.read(id), "oomKill", params, NO_TIMEOUT_MS)).oomKills;
}
