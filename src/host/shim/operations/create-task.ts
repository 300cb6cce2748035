import { join } from "node:path";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { unlessAborted } from "../../../common/deadline.js";
import { TskataError } from "../../../common/error.js";
import { deleteContainer } from "../../runtime/delete-container.js";
import { launchContainer } from "../../runtime/launch-container.js";
import type { CreateTaskRequest, CreateTaskResponse } from "../api/gen/task-v2/task_pb.js";
import { createEvent } from "../events.js";
import { mountRootfs, unmountRootfs } from "../rootfs.js";
import type { Shim } from "../shim.js";
import { Task } from "../task.js";
import { taskOptions } from "../task-options.js";
import { TaskProcess } from "../task-process.js";

/**
 * Makes a container, in the pod's VM or with it, whose program `Start` runs. On failure nothing of it is left.
 *
 * @param signal fires when nobody waits for the container any more, which is a failure too
 */
export async function createTask(
  shim: Shim,
  request: CreateTaskRequest,
  signal: AbortSignal,
): Promise<CreateTaskResponse> {
  const { id, bundle, rootfs: mounts, stdin, stdout, stderr, terminal } = request;
  const io = { stdin, stdout, stderr, terminal };
  if (request.checkpoint !== "") {
    throw new TskataError(
      "unsupported",
      `create ${id}: a shim can't restore checkpoints; use runc's with tskata as its binary`,
    );
  }
  if (shim.tasks.has(id) || shim.creating.has(id)) {
    throw new TskataError("already-exists", `create ${id}: task ${id} already exists`);
  }
  const rootfs = join(bundle, "rootfs");
  const undo = new CleanupStack();
  const created = shim.creation(id);
  try {
    const context = await shim.context(taskOptions(request.options, bundle));
    await mountRootfs(mounts, rootfs);
    if (mounts.length > 0) undo.defer("unmount the root filesystem", () => unmountRootfs(rootfs));
    const key = { id, execId: "" };
    const attendant = await shim.attend(key, io);
    undo.defer("close its streams", () => attendant.release());
    const { attendance } = attendant;
    const options = { id, bundle, attendance, preserveFds: 0, foreground: false };
    await launchContainer(context, options, (work) => unlessAborted(work, signal));
    undo.defer("delete the container", () => deleteContainer(context, id, true));
    signal.throwIfAborted();
    const init = new TaskProcess(key, io, attendant);
    const task = new Task({ id, bundle, rootfs: mounts.length > 0 ? rootfs : undefined }, init);
    shim.tasks.set(id, task);
    shim.publish(createEvent(task, mounts));
    shim.follow(task, init);
    return { pid: init.pid };
  } catch (error) {
    throw await undo.unwind(error);
  } finally {
    created();
  }
}
