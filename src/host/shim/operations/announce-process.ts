import { TskataError } from "../../../common/error.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import type { ExecProcessRequest } from "../api/gen/task-v2/task_pb.js";
import { execAddedEvent } from "../events.js";
import { packedJson } from "../packed.js";
import { checkedProcess } from "../checked-json.js";
import type { Shim } from "../shim.js";
import { TaskProcess } from "../task-process.js";

/** Announces one more process of a container, which `Start` runs. */
export async function announceProcess(shim: Shim, request: ExecProcessRequest): Promise<Empty> {
  const { id, execId, stdin, stdout, stderr, terminal } = request;
  const task = shim.task(id);
  const what = `exec ${execId} in ${id}`;
  task.init.require(what, "running");
  const io = { stdin, stdout, stderr, terminal };
  const spec = checkedProcess(packedJson(request.spec, what), terminal, { what, log: shim.log });
  const key = { id, execId };
  const attendant = await shim.attend(key, io);
  const process = new TaskProcess(key, io, attendant, true);
  if (task.executed.some(({ key }) => key.execId === execId)) {
    attendant.release();
    throw new TskataError("already-exists", `${what}: there is one already`);
  }
  task.announce(process, spec);
  shim.publish(execAddedEvent(process));
  return {};
}
