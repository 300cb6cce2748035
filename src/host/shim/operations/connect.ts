import { VERSION } from "../../../common/version.js";
import type { ConnectRequest, ConnectResponse } from "../api/gen/task-v2/task_pb.js";
import type { Shim } from "../shim.js";

/** Who answers, and for which process. */
export function connect(shim: Shim, { id }: ConnectRequest): ConnectResponse {
  return { shimPid: process.pid, taskPid: shim.tasks.get(id)?.init.pid ?? 0, version: VERSION };
}
