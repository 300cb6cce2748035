import type { Handlers } from "ttrpc-ts/lite";
import type { Task as TaskV2 } from "./api/gen/task-v2/task_pb.js";
import { checkpointTask } from "./operations/checkpoint-task.js";
import { closeIo } from "./operations/close-io.js";
import { connect } from "./operations/connect.js";
import { createTask } from "./operations/create-task.js";
import { deleteProcess } from "./operations/delete-process.js";
import { announceProcess } from "./operations/announce-process.js";
import { pauseTask, resumeTask } from "./operations/freeze-task.js";
import { killProcess } from "./operations/kill-process.js";
import { listPids } from "./operations/list-pids.js";
import { processState } from "./operations/process-state.js";
import { resizePty } from "./operations/resize-pty.js";
import { startProcess } from "./operations/start-process.js";
import { taskStats } from "./operations/task-stats.js";
import { updateTask } from "./operations/update-task.js";
import { waitProcess } from "./operations/wait-process.js";
import type { Shim } from "./shim.js";

/**
 * The task service, each method an operation of its own. Version 3 has the methods of version 2.
 *
 * @param shutdown is called where the shim may end
 */
export function taskService(shim: Shim, shutdown: () => void): Handlers<typeof TaskV2> {
  return {
    state: (request) => processState(shim, request),
    create: (request, { signal }) => createTask(shim, request, signal),
    start: (request, { signal }) => startProcess(shim, request, signal),
    delete: (request) => deleteProcess(shim, request),
    pids: (request) => listPids(shim, request),
    pause: (request) => pauseTask(shim, request),
    resume: (request) => resumeTask(shim, request),
    checkpoint: (request) => checkpointTask(shim, request),
    kill: (request) => killProcess(shim, request),
    exec: (request) => announceProcess(shim, request),
    resizePty: (request) => resizePty(shim, request),
    closeIO: (request) => closeIo(shim, request),
    update: (request) => updateTask(shim, request),
    wait: (request) => waitProcess(shim, request),
    stats: (request) => taskStats(shim, request),
    connect: (request) => connect(shim, request),
    shutdown: async () => {
      // containerd asks for each container of a pod; the last one counts. A creation that it has given up is undone.
      if (shim.tasks.size === 0) await shim.created();
      if (shim.tasks.size + shim.creating.size === 0) shutdown();
      return {};
    },
  };
}
