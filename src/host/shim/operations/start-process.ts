import { unlessAborted } from "../../../common/deadline.js";
import type { RuntimeContext } from "../../runtime/context.js";
import { execProcess } from "../../runtime/exec-process.js";
import { type Checkpoint, launchRestored } from "../../runtime/launch-restored.js";
import { startContainer } from "../../runtime/start-container.js";
import type { StartRequest, StartResponse } from "../api/gen/task-v2/task_pb.js";
import { startEvent } from "../events.js";
import type { Shim } from "../shim.js";
import type { Task } from "../task.js";
import type { TaskProcess } from "../task-process.js";

/**
 * Runs a container's program, or has it go on where its checkpoint was made, or runs a process that was announced.
 *
 * @param signal fires when nobody waits for it any more; a container that is made of a checkpoint is undone then
 */
export async function startProcess(
  shim: Shim,
  { id, execId }: StartRequest,
  signal: AbortSignal,
): Promise<StartResponse> {
  const task = shim.task(id);
  const process = task.process(execId);
  await process.start(async () => {
    const context = await shim.context();
    if (execId !== "") await execute(context, task, process);
    else if (task.checkpoint !== undefined) await restore(shim, task, task.checkpoint, signal);
    else await startContainer(context, id);
    if (process.madeByStart) shim.follow(task, process);
    process.run();
    shim.publish(startEvent(process));
  });
  return { pid: process.pid };
}

async function restore(
  shim: Shim,
  { id, bundle, init }: Task,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): Promise<void> {
  const { attendance } = init.attendant;
  const options = { id, bundle, attendance, adapt: shim.pod?.adapt, foreground: false };
  await launchRestored(await shim.context(), options, checkpoint, (work) => unlessAborted(work, signal));
}

async function execute(context: RuntimeContext, task: Task, { key, io, attendant }: TaskProcess): Promise<void> {
  const { id, execId } = key;
  await execProcess(context, {
    id,
    processJson: task.specOf(execId),
    terminal: io.terminal,
    attendance: attendant.attendance,
    detach: true,
    preserveFds: 0,
  });
}
