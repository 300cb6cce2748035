import { deleteContainer } from "../../runtime/delete-container.js";
import type { DeleteRequest, DeleteResponse } from "../api/gen/task-v2/task_pb.js";
import { deleteEvent } from "../events.js";
import { timestamp } from "../packed.js";
import { unmountRootfs } from "../rootfs/unmount-rootfs.js";
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
  const { status, at } = await (execId === "" ? deleteTask(shim, task) : forgetProcess(task, process));
  return { pid: process.pid, exitStatus: status, exitedAt: timestamp(at) };
}

async function deleteTask(shim: Shim, task: Task): Promise<ProcessEnd> {
  const { id, rootfs, init } = task;
  const context = await shim.context();
  // One that ended with its checkpoint is gone already.
  if (context.store.find(id) !== undefined) await deleteContainer(context, id, false);
  const end = await endOf(init);
  for (const process of [init, ...task.executed]) process.attendant.release();
  if (rootfs !== undefined) await unmountRootfs(rootfs);
  shim.tasks.delete(id);
  shim.publish(deleteEvent(task, end));
  return end;
}

async function forgetProcess(task: Task, process: TaskProcess): Promise<ProcessEnd> {
  process.attendant.release();
  task.forget(process.key.execId);
  return endOf(process);
}

async function endOf(process: TaskProcess): Promise<ProcessEnd> {
  // Who waits for one that was never made waits in vain.
  if (process.isToCome) process.stop({ status: 0, at: new Date() });
  return process.ended;
}
