import { execProcess } from "../../runtime/exec-process.js";
import { startContainer } from "../../runtime/start-container.js";
import type { StartRequest, StartResponse } from "../api/gen/task-v2/task_pb.js";
import { startEvent } from "../events.js";
import type { Shim } from "../shim.js";

/** Runs a container's program, or a process that was announced. */
export async function startProcess(shim: Shim, { id, execId }: StartRequest): Promise<StartResponse> {
  const task = shim.task(id);
  const process = task.process(execId);
  await process.start(async () => {
    const context = await shim.context();
    if (execId === "") {
      await startContainer(context, id);
    } else {
      const { attendance } = process.attendant;
      const { terminal } = process.io;
      const processJson = task.specOf(execId);
      await execProcess(context, { id, processJson, terminal, attendance, detach: true, preserveFds: 0 });
      shim.follow(task, process);
    }
    process.run();
    shim.publish(startEvent(process));
  });
  return { pid: process.pid };
}
