import { TskataError } from "../../../common/error.js";
import { resizeTerminal } from "../../runtime/resize-terminal.js";
import type { ResizePtyRequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import type { Shim } from "../shim.js";

/** Sets the window size of a process' terminal. */
export async function resizePty(shim: Shim, { id, execId, width, height }: ResizePtyRequest): Promise<Empty> {
  const process = shim.task(id).process(execId);
  if (!process.io.terminal) throw new TskataError("failed-precondition", `resize ${id}: the process has no terminal`);
  await process.settled();
  process.require("resize the terminal of", "created", "running");
  const { token } = process.attendant;
  await resizeTerminal(await shim.context(), {
    containerId: id,
    execId: execId === "" ? "" : token,
    columns: width,
    rows: height,
  });
  return {};
}
