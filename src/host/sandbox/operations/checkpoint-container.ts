import type { ControlMethods } from "../control-protocol.js";
import { withCheckpointDirectories } from "../checkpoint-directories.js";
import type { Sandbox } from "../sandbox.js";

/**
 * Saves the processes of a container. How long that takes is a matter of their
 * memory: only who asked may give up. Unless they are to go on the container
 * has stopped then, and the VM waits with its end until all is written.
 */
export async function checkpointContainer(
  sandbox: Sandbox,
  { containerId, directories, options: { criu, ...options } }: ControlMethods["checkpoint"]["params"],
  signal: AbortSignal,
): Promise<object> {
  sandbox.container(containerId).require("checkpoint", "running", "paused");
  await sandbox.finishing(
    withCheckpointDirectories(sandbox, containerId, directories, async (guest) =>
      sandbox.vm.agent.checkpointContainer({ containerId, ...guest, options: criu, ...options }, { signal }),
    ),
  );
  return {};
}
