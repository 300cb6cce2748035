import type { ShutdownSandboxRequest, ShutdownSandboxResponse } from "../api/gen/sandbox/sandbox_pb.js";
import { deleteProcess } from "../operations/delete-process.js";
import type { Shim } from "../shim.js";
import { stopSandbox } from "./stop-sandbox.js";

/** Ends a pod, deletes what is left of it, and has the shim end. A sandbox that was never made is gone already. */
export async function shutdownSandbox(
  shim: Shim,
  { sandboxId }: ShutdownSandboxRequest,
  shutdown: () => void,
): Promise<ShutdownSandboxResponse> {
  await shim.created();
  if (shim.pod !== undefined) {
    await stopSandbox(shim, { sandboxId, timeoutSecs: 0 });
    const others = [...shim.tasks.keys()].filter((id) => id !== sandboxId);
    for (const id of [...others, sandboxId]) await deleteProcess(shim, { id, execId: "" });
    shim.pod = undefined;
  }
  shutdown();
  return {};
}
