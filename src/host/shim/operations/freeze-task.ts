import { pauseContainer, resumeContainer } from "../../runtime/freeze-container.js";
import type { PauseRequest, ResumeRequest } from "../api/gen/task-v2/task_pb.js";
import type { Empty } from "../api/gen/well-known/common_pb.js";
import { pausedEvent, resumedEvent } from "../events.js";
import type { Shim } from "../shim.js";

/** Stops a container's processes in their tracks. */
export async function pauseTask(shim: Shim, { id }: PauseRequest): Promise<Empty> {
  const task = shim.task(id);
  await pauseContainer(await shim.context(), id);
  task.isPaused = true;
  shim.publish(pausedEvent(id));
  return {};
}

/** Lets them go on. */
export async function resumeTask(shim: Shim, { id }: ResumeRequest): Promise<Empty> {
  const task = shim.task(id);
  await resumeContainer(await shim.context(), id);
  task.isPaused = false;
  shim.publish(resumedEvent(id));
  return {};
}
