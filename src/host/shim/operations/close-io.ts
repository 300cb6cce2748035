import type { CloseIORequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import type { Shim } from "../shim.js";

/** Ends a process' standard input. */
export function closeIo(shim: Shim, { id, execId, stdin }: CloseIORequest): Empty {
  const process = shim.task(id).process(execId);
  if (stdin) process.attendant.closeInput();
  return {};
}
