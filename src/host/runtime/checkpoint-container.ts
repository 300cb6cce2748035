import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import type { CheckpointDirectories } from "../sandbox/checkpoint-directories.js";
import type { CheckpointOptions } from "../sandbox/control-protocol.js";
import { effectiveStatus } from "../state/effective-status.js";
import type { RuntimeContext } from "./context.js";
import { deleteContainer } from "./delete-container.js";
import { callSupervisor, NO_TIMEOUT_MS } from "./supervisor-call.js";
import { uninterrupted } from "./uninterrupted.js";

/** Where a checkpoint is, relative to the working directory. */
export interface CheckpointPaths {
  readonly imagePath: string;
  /** That of the images where absent. */
  readonly workPath?: string;
}

/**
 * Saves the processes of a running or paused container in a directory, from which
 * `restoreContainer` makes them anew. Unless they are to go on, the container
 * is deleted then, as with runc.
 *
 * @throws TskataError `failed-precondition` where it doesn't run, `unsupported` where the guest has no CRIU
 */
export async function checkpointContainer(
  context: RuntimeContext,
  id: string,
  paths: CheckpointPaths,
  options: CheckpointOptions,
): Promise<void> {
  const record = context.store.read(id);
  const { status } = effectiveStatus(record);
  if (status !== "running" && status !== "paused") {
    throw new TskataError("failed-precondition", `checkpoint ${id}: cannot checkpoint a container that is ${status}`);
  }
  const directories = checkpointDirectories(`checkpoint ${id}`, paths);
  await uninterrupted(`checkpoint ${id}`, context.log, async () => {
    try {
      await callSupervisor(record, "checkpoint", { containerId: id, directories, options }, NO_TIMEOUT_MS);
    } catch (cause) {
      throw withLog(`checkpoint ${id}`, directories, "dump", cause);
    }
    if (!options.leaveRunning) await deleteContainer(context, id, true);
  });
}

/**
 * The directories, made where they are missing.
 *
 * @param what the operation, for the error's text
 */
export function checkpointDirectories(what: string, { imagePath, workPath }: CheckpointPaths): CheckpointDirectories {
  const directories = { images: resolve(imagePath), work: resolve(workPath ?? imagePath) };
  for (const path of Object.values(directories)) {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new TskataError("permission", `${what}: make the directory ${path}: ${errnoName(cause) ?? "failed"}`, {
        cause,
      });
    }
  }
  return directories;
}

/** The error of an operation of CRIU's, with the place where it says more. */
export function withLog(
  what: string,
  { work }: CheckpointDirectories,
  operation: "dump" | "restore",
  cause: unknown,
): unknown {
  if (!(cause instanceof TskataError) || cause.code !== "internal") return cause;
  return new TskataError("internal", `${what}: ${cause.message}; see ${work}/${operation}.log`, { cause });
}
