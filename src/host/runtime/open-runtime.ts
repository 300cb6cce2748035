import type { LogSink } from "../../common/log.js";
import type { Runtime, RuntimeSettings } from "./api.js";
import { openContext } from "./open-context.js";

/**
 * The operations on what the settings name. Each one's module is loaded when it is first called: a command pays only
 * for its own.
 *
 * @param log gets what people should be told though it stops nothing
 * @throws as `openContext`
 */
export async function openRuntime(settings: RuntimeSettings, log: LogSink): Promise<Runtime> {
  const context = await openContext(settings, log);
  return {
    createContainer: async (options) => (await import("./create-container.js")).createContainer(context, options),
    startContainer: async (id) => (await import("./start-container.js")).startContainer(context, id),
    runContainer: async (options) => (await import("./run-container.js")).runContainer(context, options),
    execProcess: async (options) => (await import("./exec-process.js")).execProcess(context, options),
    containerState: async (id) => (await import("./container-state.js")).containerState(context, id),
    listContainers: async () =>
      (await import("./list-containers.js")).listContainers(context, settings.root !== undefined),
    containerProcess: async (id) => (await import("./container-process.js")).containerProcess(context, id),
    killContainer: async (id, signal, all) =>
      (await import("./kill-container.js")).killContainer(context, id, signal, all),
    deleteContainer: async (id, force) => (await import("./delete-container.js")).deleteContainer(context, id, force),
    pauseContainer: async (id) => (await import("./freeze-container.js")).pauseContainer(context, id),
    resumeContainer: async (id) => (await import("./freeze-container.js")).resumeContainer(context, id),
    checkpointContainer: async (id, paths, options) =>
      (await import("./checkpoint-container.js")).checkpointContainer(context, id, paths, options),
    restoreContainer: async (options) => (await import("./restore-container.js")).restoreContainer(context, options),
    updateContainer: async (id, resourcesJson) =>
      (await import("./update-container.js")).updateContainer(context, id, resourcesJson),
    guestProcesses: async (id) => (await import("./container-processes.js")).guestProcesses(context, id),
    monitorPids: async (id) => (await import("./container-processes.js")).monitorPids(context, id),
    containerStats: async (id) => (await import("./container-stats.js")).containerStats(context, id),
    collectGarbage: async () => (await import("./collect-garbage.js")).collectGarbage(context),
    checkHost: async () => (await import("../check/check-machine.js")).checkMachine(context),
    createTemplate: async () => (await import("./create-template.js")).createTemplate(context),
    listTemplates: async () => (await import("./list-templates.js")).listTemplates(context),
    removeTemplates: async (selection) => (await import("./remove-templates.js")).removeTemplates(context, selection),
    templateStatus: async () => (await import("./template-status.js")).templateStatus(context),
    startPool: async (size) => (await import("./start-pool.js")).startPool(context, size),
    poolStatus: async () => (await import("./pool-status.js")).poolStatus(context),
    stopPool: async () => (await import("./stop-pool.js")).stopPool(context),
    environment: async () => (await import("./environment.js")).environment(context),
    openConsole: async (id) => (await import("./open-console.js")).openConsole(context, id),
  };
}
