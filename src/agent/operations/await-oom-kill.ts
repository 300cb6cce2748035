import type { AwaitOomKillRequest } from "../../protocol/gen/agent_pb.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Waits until more processes of a container than the host knows of were killed because memory ran out, or the container
 * has stopped.
 *
 * @returns how many there are
 */
export async function awaitOomKill(
  sandbox: Sandbox,
  { containerId, seen }: AwaitOomKillRequest,
): Promise<{ oomKills: number }> {
  const container = sandbox.container(containerId);
  const { cgroup } = container.require("watch the memory of", "created", "running", "paused", "stopped");
  const over = new AbortController();
  await Promise.race([cgroup.untilOomKills(seen, over.signal), container.stopped]);
  over.abort();
  return { oomKills: cgroup.oomKills() };
}
