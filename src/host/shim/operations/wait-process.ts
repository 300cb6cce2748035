import type { WaitRequest, WaitResponse } from "../api/gen/task-v2/task_pb.js";
import { timestamp } from "../packed.js";
import type { Shim } from "../shim.js";

/** Waits for the end of a process. */
export async function waitProcess(shim: Shim, { id, execId }: WaitRequest): Promise<WaitResponse> {
  const { status, at } = await shim.task(id).process(execId).ended;
  return { exitStatus: status, exitedAt: timestamp(at) };
}
