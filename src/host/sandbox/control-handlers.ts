import type { ControlHandlers } from "./control-protocol.js";
import { checkpointContainer } from "./operations/checkpoint-container.js";
import { destroyContainer } from "./operations/destroy-container.js";
import { execProcess } from "./operations/exec-process.js";
import { pauseContainer, resumeContainer } from "./operations/freeze-container.js";
import { containerStats, listMonitors, listProcesses } from "./operations/inspect-container.js";
import { joinSandbox } from "./operations/join-sandbox.js";
import { killContainer } from "./operations/kill-container.js";
import { openConsole } from "./operations/open-console.js";
import { resizeTerminal } from "./operations/resize-terminal.js";
import { startContainer } from "./operations/start-container.js";
import { updateContainer } from "./operations/update-container.js";
import type { Sandbox } from "./sandbox.js";

/** The methods that later commands call, each an operation of its own. */
export function controlHandlers(sandbox: Sandbox): ControlHandlers {
  return {
    create: (params, signal) => withMonitor(sandbox, params.order.token, joinSandbox(sandbox, params, signal)),
    start: ({ containerId }, signal) => startContainer(sandbox, containerId, signal),
    kill: (params, signal) => killContainer(sandbox, params, signal),
    exec: (params, signal) => withMonitor(sandbox, params.token, execProcess(sandbox, params, signal)),
    resize: (params, signal) => resizeTerminal(sandbox, params, signal),
    processes: ({ containerId }, signal) => listProcesses(sandbox, containerId, signal),
    monitors: ({ containerId }) => Promise.resolve(listMonitors(sandbox, containerId)),
    pause: ({ containerId }, signal) => pauseContainer(sandbox, containerId, signal),
    resume: ({ containerId }, signal) => resumeContainer(sandbox, containerId, signal),
    checkpoint: (params, signal) => checkpointContainer(sandbox, params, signal),
    update: (params, signal) => updateContainer(sandbox, params, signal),
    // As long as it takes: the agent answers when there is something to tell.
    oomKill: ({ containerId, seen }, signal) => sandbox.vm.agent.awaitOomKill({ containerId, seen }, { signal }),
    stats: ({ containerId }, signal) => containerStats(sandbox, containerId, signal),
    console: (params, signal) => withMonitor(sandbox, params.token, openConsole(sandbox, params, signal)),
    destroy: async ({ containerId }, signal) => {
      await sandbox.joining.get(containerId)?.over;
      return destroyContainer(sandbox, containerId, signal);
    },
  };
}

/** Where the work fails, the monitor that was started for it is turned away. */
async function withMonitor<T>(sandbox: Sandbox, token: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    sandbox.stdio.refuse(token);
    throw error;
  }
}
