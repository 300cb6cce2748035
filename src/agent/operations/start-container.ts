import { messageOf, TskataError } from "../../common/error.js";
import { LauncherError } from "../kernel/launcher-error.js";
import type { Sandbox } from "../sandbox/sandbox.js";

/**
 * Lets init run its program.
 *
 * @throws TskataError `failed-precondition` unless the container is created;
 *   `internal` where the exec failed, and then the container stops
 */
export async function startContainer(
  sandbox: Sandbox,
  { containerId }: { readonly containerId: string },
): Promise<void> {
  const container = sandbox.container(containerId);
  const { init, cgroup } = container.require("start", "created");
  container.state = { status: "running", init, cgroup };
  try {
    await init.start();
  } catch (error) {
    if (!(error instanceof LauncherError)) throw error;
    throw new TskataError("internal", `start ${containerId}: ${messageOf(error)}`, { cause: error });
  }
}
