import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { TskataError } from "../../common/error.js";
import type { CriuOptions } from "../../protocol/gen/agent_pb.js";
import { checkpointDirectories, type CheckpointPaths, withLog } from "./checkpoint-container.js";
import type { RuntimeContext } from "./context.js";
import type { UnlessInterrupted } from "./interruptible.js";
import { launchContainer, type Launched, type LaunchOptions } from "./launch-container.js";

/** A checkpoint, and how processes are made from it. */
export interface Checkpoint {
  readonly paths: CheckpointPaths;
  readonly criu: CriuOptions;
}

/**
 * Makes sure that a directory has a checkpoint.
 *
 * @param what the operation, for the error's text
 * @throws TskataError `not-found` where it has none
 */
export function requireCheckpoint(what: string, { imagePath }: CheckpointPaths): void {
  const images = resolve(imagePath);
  if (existsSync(join(images, "inventory.img"))) return;
  throw new TskataError(
    "not-found",
    `${what}: ${images} has no checkpoint: choose a directory that a checkpoint was written to`,
  );
}

/**
 * Makes a container from a checkpoint: its processes run then. On failure nothing of it is left.
 *
 * @throws TskataError `not-found` where there is no checkpoint, and as `launchContainer`
 */
export async function launchRestored(
  context: RuntimeContext,
  options: Omit<LaunchOptions, "preserveFds" | "restore">,
  { paths, criu }: Checkpoint,
  unlessInterrupted: UnlessInterrupted,
): Promise<Launched> {
  const what = `restore ${options.id}`;
  requireCheckpoint(what, paths);
  const directories = checkpointDirectories(what, paths);
  const restore = { directories, options: criu };
  try {
    return await launchContainer(context, { ...options, preserveFds: 0, restore }, unlessInterrupted);
  } catch (error) {
    throw withLog(what, directories, "restore", error);
  }
}
