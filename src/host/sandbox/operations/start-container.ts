import { TskataError } from "../../../common/error.js";
import type { Sandbox } from "../sandbox.js";

/** Lets the container's init process run its program. */
export async function startContainer(sandbox: Sandbox, containerId: string, signal: AbortSignal): Promise<object> {
  const container = sandbox.container(containerId);
  switch (container.live.kind) {
    case "running":
    case "paused":
      throw new TskataError("failed-precondition", `start ${containerId}: cannot start an already running container`);
    case "stopped":
      throw new TskataError("failed-precondition", `start ${containerId}: cannot start a container that has stopped`);
    case "creating":
    case "created":
  }
  const live = container.require("start", "created");
  // Some engines set it up between create and start.
  await sandbox.network?.followAny(signal);
  await sandbox.callAgent(
    `start ${containerId}`,
    (agent, options) => agent.startContainer({ containerId }, options),
    signal,
  );
  // A short program may have ended meanwhile.
  if (container.live === live) {
    container.live = { ...live, kind: "running" };
    sandbox.record(container, { status: "running" });
  }
  return {};
}
