import { TskataError } from "../../common/error.js";
import type { AgentHandlers } from "../../protocol/agent-server.js";
import { checkpointContainer } from "../operations/checkpoint-container.js";
import { configureNetwork } from "../operations/configure-network.js";
import { awaitOomKill } from "../operations/await-oom-kill.js";
import { containerStats } from "../operations/container-stats.js";
import { createContainer } from "../operations/create-container.js";
import { execProcess } from "../operations/exec-process.js";
import { pauseContainer, resumeContainer } from "../operations/freeze-container.js";
import { hello } from "../operations/hello.js";
import { listProcesses } from "../operations/list-processes.js";
import { releaseFiles } from "../operations/release-files.js";
import { removeContainer } from "../operations/remove-container.js";
import { resizeTerminal } from "../operations/resize-terminal.js";
import { setOnlineProcessors } from "../operations/set-online-processors.js";
import { signalProcess } from "../operations/signal-process.js";
import { startContainer } from "../operations/start-container.js";
import { updateContainer } from "../operations/update-container.js";
import { waitProcess } from "../operations/wait-process.js";
import type { Sandbox } from "../sandbox/sandbox.js";

const EMPTY = {};

/** The contract's methods, each an operation of its own. */
export function agentHandlers(sandbox: Sandbox): AgentHandlers {
  return {
    hello: async () => hello(sandbox),
    configureNetwork: async (request) => {
      await configureNetwork(sandbox, request);
      return EMPTY;
    },
    createContainer: (request) => createContainer(sandbox, request),
    startContainer: async (request) => {
      await startContainer(sandbox, request);
      return EMPTY;
    },
    execProcess: (request) => execProcess(sandbox, request),
    signalProcess: async ({ process, ...request }) => {
      await signalProcess(sandbox, { ...request, process: required(process, "process") });
      return EMPTY;
    },
    waitProcess: (request) => waitProcess(sandbox, request),
    resizeTerminal: async ({ process, size }) => {
      resizeTerminal(sandbox, { process: required(process, "process"), size: required(size, "size") });
      return EMPTY;
    },
    listProcesses: ({ containerId }) => listProcesses(sandbox, containerId),
    pauseContainer: async ({ containerId }) => {
      await pauseContainer(sandbox, containerId);
      return EMPTY;
    },
    resumeContainer: async ({ containerId }) => {
      await resumeContainer(sandbox, containerId);
      return EMPTY;
    },
    updateContainer: async (request) => {
      await updateContainer(sandbox, request);
      return EMPTY;
    },
    setOnlineProcessors: async ({ count }) => {
      await setOnlineProcessors(sandbox, count);
      return EMPTY;
    },
    releaseFiles: async () => {
      await releaseFiles();
      return EMPTY;
    },
    checkpointContainer: async (request) => {
      await checkpointContainer(sandbox, request);
      return EMPTY;
    },
    containerStats: ({ containerId }) => containerStats(sandbox, containerId),
    awaitOomKill: (request) => awaitOomKill(sandbox, request),
    removeContainer: async ({ containerId }) => {
      await removeContainer(sandbox, containerId);
      return EMPTY;
    },
  };
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new TskataError("invalid-argument", `the request has no ${name}`);
  return value;
}
