import { deleteContainer } from "../../runtime/delete-container.js";
import type { DeleteRequest, DeleteResponse } from "../api/gen/task-v2/task_pb.js";
import { deleteEvent } from "../events.js";
import { timestamp } from "../packed.js";
import { unmountRootfs } from "../rootfs.js";
import type { Shim } from "../shim.js";
import type { Task } from "../task.js";
import type { ProcessEnd, TaskProcess } from "../task-process.js";

/** Forgets a process that has ended, or was never started; with a container's first the container. */
export async function deleteProcess(shim: Shim, { id, execId }: DeleteRequest): Promise<DeleteResponse> {
  // containerd deletes what it no longer waits for: that is undone before anybody is told.
  await shim.creating.get(id);
  const task = shim.task(id);
  const process = task.process(execId);
  await process.settled();
  process.require("delete", "stopped", "created");
  const { status, at } = execId === "" ? await deleteTask(shim, task) : forgetProcess(task, process);
  return { pid: process.pid, exitStatus: status, exitedAt: timestamp(at) };
}

async function deleteTask(shim: Shim, task: Task): Promise<ProcessEnd> {
  const { id, rootfs, init } = task;
  await deleteContainer(await shim.context(), id, false);
  const end = await init.ended;
  for (const process of [init, ...task.executed]) process.attendant.release();
  if (rootfs !== undefined) await unmountRootfs(rootfs);
  shim.tasks.delete(id);
  shim.publish(deleteEvent(task, end));
  return end;
}

function forgetProcess(task: Task, process: TaskProcess): ProcessEnd {
  process.attendant.release();
  task.forget(process.key.execId);
  if (process.state.kind === "stopped") return process.state;
  // Who waits for it waits in vain.
  const never = { status: 0, at: new Date() };
  process.stop(never);
  return never;
}
