import { ProcessDetailsCodec } from "../api/gen/runc-options/options_pb.js";
import type { PidsRequest, PidsResponse } from "../api/gen/task-v2/task_pb.js";
import { pack } from "../packed.js";
import type { Shim } from "../shim.js";

/** What stands for a container's running processes on this host: the shim itself, mostly. */
export function listPids(shim: Shim, { id }: PidsRequest): PidsResponse {
  const { init, executed } = shim.task(id);
  const running = [init, ...executed].filter(({ state, pid }) => state.kind !== "stopped" && pid !== 0);
  return {
    processes: running.map(({ pid, key: { execId } }) => ({
      pid,
      ...(execId !== "" && { info: pack(ProcessDetailsCodec, { execId }) }),
    })),
  };
}
