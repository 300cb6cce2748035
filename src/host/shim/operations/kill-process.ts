import { TskataError } from "../../../common/error.js";
import type { RuntimeContext } from "../../runtime/context.js";
import { killContainer } from "../../runtime/kill-container.js";
import { effectiveStatus } from "../../state/effective-status.js";
import type { KillRequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import type { Shim } from "../shim.js";

/**
 * Sends a signal to a process, or to all of a container.
 *
 * @throws TskataError `not-found` where it has ended, which containerd takes as done
 */
export async function killProcess(shim: Shim, { id, execId, signal, all }: KillRequest): Promise<Empty> {
  const process = shim.task(id).process(execId);
  if (execId !== "") await process.settled();
  if (process.state.kind === "stopped") throw finished(id);
  if (execId === "") {
    await killInit(await shim.context(), id, signal, all);
  } else {
    process.require("kill", "running");
    process.attendant.signal(signal);
  }
  return {};
}

/** It may have ended without its end being told yet. */
async function killInit(context: RuntimeContext, id: string, signal: number, all: boolean): Promise<void> {
  try {
    await killContainer(context, id, signal, all);
  } catch (error) {
    const record = context.store.find(id);
    throw record === undefined || effectiveStatus(record).status === "stopped" ? finished(id, error) : error;
  }
}

function finished(id: string, cause?: unknown): TskataError {
  return new TskataError("not-found", `kill ${id}: process already finished`, { cause });
}
