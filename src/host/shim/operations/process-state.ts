import { type StateRequest, type StateResponse, Status } from "../api/gen/task-v2/task_pb.js";
import { timestamp } from "../packed.js";
import type { Shim } from "../shim.js";
import type { ProcessState } from "../task-process.js";

const STATUSES = {
  created: Status.CREATED,
  starting: Status.CREATED,
  running: Status.RUNNING,
  stopped: Status.STOPPED,
} as const satisfies Record<ProcessState["kind"], Status>;

/** What is true of a process. */
export function processState(shim: Shim, { id, execId }: StateRequest): StateResponse {
  const task = shim.task(id);
  const { pid, io, state } = task.process(execId);
  const isPaused = task.isPaused && execId === "" && state.kind === "running";
  return {
    id,
    execId,
    bundle: task.bundle,
    pid,
    status: isPaused ? Status.PAUSED : STATUSES[state.kind],
    ...io,
    exitStatus: state.kind === "stopped" ? state.status : 0,
    ...(state.kind === "stopped" && { exitedAt: timestamp(state.at) }),
  };
}
