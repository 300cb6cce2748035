import { constants } from "node:os";
import { TskataError } from "../../../common/error.js";
import type { StopSandboxRequest, StopSandboxResponse } from "../api/gen/sandbox/sandbox_pb.js";
import { killProcess } from "../operations/kill-process.js";
import type { Shim } from "../shim.js";
import { podOf } from "./pod-of.js";

/** Ends all of a pod's containers; with the sandbox, the last, its VM ends. What has ended already is left alone. */
export async function stopSandbox(shim: Shim, { sandboxId }: StopSandboxRequest): Promise<StopSandboxResponse> {
  podOf(shim, sandboxId);
  const others = [...shim.tasks.keys()].filter((id) => id !== sandboxId);
  await Promise.all(others.map((id) => end(shim, id)));
  await end(shim, sandboxId);
  return {};
}

async function end(shim: Shim, id: string): Promise<void> {
  const { init } = shim.task(id);
  try {
    await killProcess(shim, { id, execId: "", signal: constants.signals.SIGKILL, all: true });
  } catch (error) {
    if (!(error instanceof TskataError) || error.code !== "not-found") throw error;
  }
  await init.ended;
}
