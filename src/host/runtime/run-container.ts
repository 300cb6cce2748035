import { deleteContainer } from "./delete-container.js";
import type { RuntimeContext } from "./context.js";
import { forwardSignals } from "./forward-signals.js";
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
  const monitor = await interruptible(`run ${options.id}`, async (unlessInterrupted) => {
    const launched = await launchContainer(context, { ...launch, foreground: !detach }, unlessInterrupted);
    try {
      await unlessInterrupted(startContainer(context, options.id));
      return launched.monitor;
    } catch (error) {
      await deleteContainer(context, options.id, true);
      throw error;
    }
  });
  if (detach) {
    monitor.detach();
    return 0;
  }
  const stopForwarding = forwardSignals(monitor);
  try {
    return await monitor.exited;
  } finally {
    stopForwarding();
    if (!keep) await deleteContainer(context, options.id, true);
  }
}
