import { join } from "node:path";
import { CleanupStack } from "../../../common/cleanup-stack.js";
import { unlessAborted } from "../../../common/deadline.js";
import { TskataError } from "../../../common/error.js";
import { deleteContainer } from "../../runtime/delete-container.js";
import { locateInstallation } from "../../runtime/installation.js";
import { launchContainer } from "../../runtime/launch-container.js";
import { type Checkpoint, requireCheckpoint } from "../../runtime/launch-restored.js";
import type { CreateTaskRequest, CreateTaskResponse } from "../api/gen/task-v2/task_pb.js";
import { createEvent } from "../events.js";
import { mountRootfs } from "../rootfs/mount-rootfs.js";
import { unmountRootfs } from "../rootfs/unmount-rootfs.js";
import type { Shim } from "../shim.js";
import { Task } from "../task.js";
import { CRIU_DIRECTORY, taskOptions } from "../task-options.js";
import { TaskProcess } from "../task-process.js";

/**
 * Makes a container, in the pod's VM or with it, whose program `Start` runs. One that goes on from a checkpoint is made by
 * `Start`, and has no pid before, as with runc's shim. On failure nothing of it is left.
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
  if (shim.tasks.has(id) || shim.creating.has(id)) {
    throw new TskataError("already-exists", `create ${id}: task ${id} already exists`);
  }
  const checkpoint = checkpointOf(request);
  const rootfs = join(bundle, "rootfs");
  const undo = new CleanupStack();
  const created = shim.creation(id);
  try {
    const context = await shim.context(taskOptions(request.options, bundle));
    await mountRootfs(mounts, rootfs, locateInstallation().programs.bindMount);
    if (mounts.length > 0) undo.defer("unmount the root filesystem", () => unmountRootfs(rootfs));
    const key = { id, execId: "" };
    const attendant = await shim.attend(key, io);
    undo.defer("close its streams", () => attendant.release());
    if (checkpoint === undefined) {
      const { attendance } = attendant;
      const adapt = shim.pod?.adapt;
      const options = { id, bundle, attendance, adapt, preserveFds: 0, foreground: false };
      await launchContainer(context, options, (work) => unlessAborted(work, signal));
      undo.defer("delete the container", () => deleteContainer(context, id, true));
    }
    signal.throwIfAborted();
    const init = new TaskProcess(key, io, attendant, checkpoint !== undefined);
    const task = new Task({ id, bundle, rootfs: mounts.length > 0 ? rootfs : undefined, checkpoint }, init);
    shim.tasks.set(id, task);
    shim.publish(createEvent(task, mounts));
    if (!init.madeByStart) shim.follow(task, init);
    return { pid: init.pid };
  } catch (error) {
    throw await undo.unwind(error);
  } finally {
    created();
  }
}

/** A directory that `Checkpoint` has written to, where the request has one. runc's shim asks for none of CRIU's options. */
function checkpointOf({ id, bundle, checkpoint, parentCheckpoint }: CreateTaskRequest): Checkpoint | undefined {
  if (checkpoint === "") return undefined;
  if (parentCheckpoint !== "") {
    throw new TskataError(
      "unsupported",
      `create ${id}: ${parentCheckpoint} is not supported as a checkpoint's parent: a checkpoint is made at once and whole`,
    );
  }
  const paths = { imagePath: checkpoint, workPath: join(bundle, CRIU_DIRECTORY) };
  requireCheckpoint(`create ${id}`, paths);
  return { paths, criu: { tcpEstablished: false, extUnixSk: false, shellJob: false, fileLocks: false } };
}
