import type { RuntimeContext } from "./context.js";
import { deleteContainer } from "./delete-container.js";
import { interruptible } from "./interruptible.js";
import type { LaunchOptions } from "./launch-container.js";
import { type Checkpoint, launchRestored } from "./launch-restored.js";

/** What `restore` is asked for. */
export interface RestoreOptions
  extends Omit<LaunchOptions, "foreground" | "preserveFds" | "restore" | "attendance">, Checkpoint {
  readonly detach: boolean;
}

/**
 * Makes a container from a checkpoint: its processes go on where they were. In
 * the foreground waits for its end and deletes it.
 *
 * @returns its exit status; 0 when detached
 * @throws as `launchRestored`
 */
export async function restoreContainer(context: RuntimeContext, options: RestoreOptions): Promise<number> {
  const { paths, criu, detach, ...launch } = options;
  const { id } = options;
  return interruptible(`restore ${id}`, async ({ unlessInterrupted, forwardTo }) => {
    const wanted = { ...launch, foreground: !detach };
    const { monitor } = await launchRestored(context, wanted, { paths, criu }, unlessInterrupted);
    if (detach) {
      await monitor.detach();
      return 0;
    }
    try {
      forwardTo(monitor);
      return await monitor.exited;
    } finally {
      await deleteContainer(context, id, true);
    }
  });
}
