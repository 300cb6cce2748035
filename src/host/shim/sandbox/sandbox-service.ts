import type { Handlers } from "ttrpc-ts/lite";
import type { Sandbox } from "../api/gen/sandbox/sandbox_pb.js";
import { taskStats } from "../operations/task-stats.js";
import { waitProcess } from "../operations/wait-process.js";
import { timestamp } from "../packed.js";
import type { Shim } from "../shim.js";
import { createSandbox } from "./create-sandbox.js";
import { podOf } from "./pod-of.js";
import { sandboxStatus } from "./sandbox-status.js";
import { shutdownSandbox } from "./shutdown-sandbox.js";
import { startSandbox } from "./start-sandbox.js";
import { stopSandbox } from "./stop-sandbox.js";

/** As Go calls what guests run on. */
const PLATFORM = { os: "linux", architecture: "amd64" };

/**
 * containerd's sandbox service: the shim makes the sandbox of a pod itself. It is a task like the pod's containers, with
 * the pod's id, and their events.
 *
 * @param shutdown is called where the shim may end
 */
export function sandboxService(shim: Shim, shutdown: () => void): Handlers<typeof Sandbox> {
  return {
    createSandbox: (request, { signal }) => createSandbox(shim, request, signal),
    startSandbox: (request, { signal }) => startSandbox(shim, request, signal),
    platform: () => ({ platform: PLATFORM }),
    stopSandbox: (request) => stopSandbox(shim, request),
    waitSandbox: ({ sandboxId: id }) => waitProcess(shim, { id, execId: "" }),
    sandboxStatus: (request) => sandboxStatus(shim, request),
    pingSandbox: ({ sandboxId }) => {
      podOf(shim, sandboxId);
      return {};
    },
    shutdownSandbox: (request) => shutdownSandbox(shim, request, shutdown),
    sandboxMetrics: async ({ sandboxId: id }) => {
      const { stats } = await taskStats(shim, { id });
      return { metrics: { timestamp: timestamp(new Date()), id, ...(stats && { data: stats }) } };
    },
  };
}
