import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { TskataError } from "../../common/error.js";
import type { CriuOptions } from "../../protocol/gen/agent_pb.js";
import { checkpointDirectories, type CheckpointPaths, withLog } from "./checkpoint-container.js";
import type { RuntimeContext } from "./context.js";
import { deleteContainer } from "./delete-container.js";
import { interruptible } from "./interruptible.js";
import { launchContainer, type LaunchOptions } from "./launch-container.js";

/** What `restore` is asked for. */
export interface RestoreOptions extends Omit<LaunchOptions, "foreground" | "preserveFds" | "restore"> {
  readonly paths: CheckpointPaths;
  readonly criu: CriuOptions;
  readonly detach: boolean;
}

/**
 * Makes a container from a checkpoint: its processes go on where they were. In
 * the foreground waits for its end and deletes it.
 *
 * @returns its exit status; 0 when detached
 * @throws TskataError `not-found` where there is no checkpoint
 */
export async function restoreContainer(context: RuntimeContext, options: RestoreOptions): Promise<number> {
  const { paths, criu, detach, ...launch } = options;
  const { id } = options;
  const images = resolve(paths.imagePath);
  if (!existsSync(join(images, "inventory.img"))) {
    throw new TskataError("not-found", `restore ${id}: ${images} has no checkpoint: choose another --image-path`);
  }
  const directories = checkpointDirectories(`restore ${id}`, paths);
  return interruptible(`restore ${id}`, async ({ unlessInterrupted, forwardTo }) => {
    const restore = { directories, options: criu };
    const wanted: LaunchOptions = { ...launch, preserveFds: 0, foreground: !detach, restore };
    const { monitor } = await launchContainer(context, wanted, unlessInterrupted).catch((error: unknown) => {
      throw withLog(`restore ${id}`, directories, "restore", error);
    });
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
