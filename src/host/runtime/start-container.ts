import { constants } from "node:os";
import { TskataError } from "../../common/error.js";
import { hookState } from "../hooks/hook-state.js";
import { runHooks } from "../hooks/run-hooks.js";
import { effectiveStatus } from "../state/effective-status.js";
import { awaitCreation } from "./await-creation.js";
import type { RuntimeContext } from "./context.js";
import { killContainer } from "./kill-container.js";
import { callSupervisor } from "./supervisor-call.js";

/**
 * Runs the program of a created container, or one that is being created, and then its poststart hooks. Where
 * one of those fails, the container is killed (runtime.md, "Lifecycle").
 *
 * @throws TskataError `failed-precondition` unless its status is `created`, or for the hook
 */
export async function startContainer(context: RuntimeContext, id: string): Promise<void> {
  const record = await awaitCreation(context.store, id, context.config.guest.bootTimeoutMs);
  if (effectiveStatus(record).status === "stopped") {
    throw new TskataError("failed-precondition", `start ${id}: cannot start a container that has stopped`);
  }
  await callSupervisor(record, "start", { containerId: id }, context.config.guest.agentTimeoutMs);
  try {
    const { pid } = effectiveStatus(record);
    await runHooks("poststart", record.hooks, { state: hookState(record, "running", pid), directory: record.bundle });
  } catch (error) {
    await killUnlessStopped(context, id);
    throw error;
  }
}

async function killUnlessStopped(context: RuntimeContext, id: string): Promise<void> {
  try {
    await killContainer(context, id, constants.signals.SIGKILL, false);
  } catch (error) {
    if (!(error instanceof TskataError && error.code === "failed-precondition")) throw error;
  }
}
