import { ProcessDetailsCodec } from "../api/gen/runc-options/options_pb.js";
import type { PidsRequest, PidsResponse } from "../api/gen/task-v2/task_pb.js";
import { pack } from "../packed.js";
import type { Shim } from "../shim.js";

/**
 * What stands for a container's running processes on this host: the shim itself, mostly. A container that has ended is told
 * of until it is deleted: a containerd that comes back throws away what has no processes, and its exit status with it.
 */
export function listPids(shim: Shim, { id }: PidsRequest): PidsResponse {
  const { init, executed } = shim.task(id);
  const running = [init, ...executed.filter(({ state }) => state.kind !== "stopped")].filter(({ pid }) => pid !== 0);
  return {
    processes: running.map(({ pid, key: { execId } }) => ({
      pid,
      ...(execId !== "" && { info: pack(ProcessDetailsCodec, { execId }) }),
    })),
  };
}
