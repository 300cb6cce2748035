import {
  TaskCheckpointedCodec,
  TaskCreateCodec,
  TaskDeleteCodec,
  TaskExecAddedCodec,
  TaskExecStartedCodec,
  TaskExitCodec,
  TaskOOMCodec,
  TaskPausedCodec,
  TaskResumedCodec,
  TaskStartCodec,
} from "./api/gen/task-events/events_pb.js";
import type { Mount } from "./api/gen/well-known/common_pb.js";
import { pack, timestamp } from "./packed.js";
import type { ShimEvent } from "./publisher.js";
import type { Task } from "./task.js";
import type { ProcessEnd, TaskProcess } from "./task-process.js";

/** A container was made. */
export function createEvent({ id, bundle, checkpoint, init }: Task, rootfs: readonly Mount[]): ShimEvent {
  const message = {
    containerId: id,
    bundle,
    rootfs: [...rootfs],
    io: init.io,
    pid: init.pid,
    checkpoint: checkpoint?.paths.imagePath ?? "",
  };
  return { topic: "/tasks/create", event: pack(TaskCreateCodec, message) };
}

/** A process runs. */
export function startEvent({ key: { id, execId }, pid }: TaskProcess): ShimEvent {
  if (execId === "") return { topic: "/tasks/start", event: pack(TaskStartCodec, { containerId: id, pid }) };
  return { topic: "/tasks/exec-started", event: pack(TaskExecStartedCodec, { containerId: id, execId, pid }) };
}

/** A process was announced. */
export function execAddedEvent({ key: { id, execId } }: TaskProcess): ShimEvent {
  return { topic: "/tasks/exec-added", event: pack(TaskExecAddedCodec, { containerId: id, execId }) };
}

/** A process has ended. */
export function exitEvent({ key: { id, execId }, pid }: TaskProcess, { status, at }: ProcessEnd): ShimEvent {
  const message = { containerId: id, id: execId || id, pid, exitStatus: status, exitedAt: timestamp(at) };
  return { topic: "/tasks/exit", event: pack(TaskExitCodec, message) };
}

/** A container's process was killed because memory ran out. */
export function oomEvent(containerId: string): ShimEvent {
  return { topic: "/tasks/oom", event: pack(TaskOOMCodec, { containerId }) };
}

/** A container is gone. */
export function deleteEvent({ id, init }: Task, { status, at }: ProcessEnd): ShimEvent {
  const message = { containerId: id, pid: init.pid, exitStatus: status, exitedAt: timestamp(at) };
  return { topic: "/tasks/delete", event: pack(TaskDeleteCodec, message) };
}

/** A container's processes stand still. */
export function pausedEvent(containerId: string): ShimEvent {
  return { topic: "/tasks/paused", event: pack(TaskPausedCodec, { containerId }) };
}

/** They go on. */
export function resumedEvent(containerId: string): ShimEvent {
  return { topic: "/tasks/resumed", event: pack(TaskResumedCodec, { containerId }) };
}

/** A container's processes were saved in a directory. */
export function checkpointedEvent(containerId: string, checkpoint: string): ShimEvent {
  return { topic: "/tasks/checkpointed", event: pack(TaskCheckpointedCodec, { containerId, checkpoint }) };
}
