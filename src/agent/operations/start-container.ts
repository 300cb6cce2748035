import { TskataError } from "../../common/error.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Lets init run its program.
 *
 * @throws TskataError `failed-precondition` unless the container is created and
 *   has a process,
 *   or for a startContainer hook or the exec that failed, and then the container stops
 */
export async function startContainer(
  sandbox: Sandbox,
  { containerId }: { readonly containerId: string },
): Promise<void> {
  const container = sandbox.container(containerId);
  const { init, cgroup } = container.require("start", "created");
  if (container.spec.process === undefined) {
    init.dispose();
    throw new TskataError("failed-precondition", `start ${containerId}: config.json has no process`);
  }
  container.state = { status: "running", init, cgroup };
  await init.start();
}
