import { deleteContainer } from "./delete-container.js";
import type { RuntimeContext } from "./context.js";
import { interruptible } from "./interruptible.js";
import { launchContainer, type LaunchOptions } from "./launch-container.js";
import { startContainer } from "./start-container.js";

/** What `run` is asked for. */
export interface RunOptions extends Omit<LaunchOptions, "foreground"> {
  readonly detach: boolean;
  /** Leave the stopped container in place. */
  readonly keep: boolean;
}

/**
 * Creates and starts a container. In the foreground waits for its end and
 * deletes it.
 *
 * @returns its exit status; 0 when detached
 */
export async function runContainer(context: RuntimeContext, options: RunOptions): Promise<number> {
  const { detach, keep, ...launch } = options;
  return interruptible(`run ${options.id}`, async ({ unlessInterrupted, forwardTo }) => {
    const { monitor } = await launchContainer(context, { ...launch, foreground: !detach }, unlessInterrupted);
    try {
      // What the process says may be seen, and answered by a signal, before its start is known here.
      if (!detach) forwardTo(monitor);
      await unlessInterrupted(startContainer(context, options.id));
    } catch (error) {
      await deleteContainer(context, options.id, true);
      throw error;
    }
    if (detach) {
      await monitor.detach();
      return 0;
    }
    try {
      return await monitor.exited;
    } finally {
      if (!keep) await deleteContainer(context, options.id, true);
    }
  });
}
