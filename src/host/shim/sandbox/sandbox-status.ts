import type { SandboxStatusRequest, SandboxStatusResponse } from "../api/gen/sandbox/sandbox_pb.js";
import { timestamp } from "../packed.js";
import type { Shim } from "../shim.js";
import { podOf } from "./pod-of.js";

/** What is true of a pod's sandbox: it is ready while its first process runs. */
export function sandboxStatus(shim: Shim, { sandboxId }: SandboxStatusRequest): SandboxStatusResponse {
  const { pod, init } = podOf(shim, sandboxId);
  return {
    sandboxId,
    pid: init.pid,
    state: init.state.kind === "running" ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
    info: {},
    createdAt: timestamp(pod.created),
    ...(init.state.kind === "stopped" && { exitedAt: timestamp(init.state.at) }),
  };
}
