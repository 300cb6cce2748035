import { resolve } from "node:path";
import { type LogSink, withMinimum } from "../../common/log.js";
import { loadConfiguration } from "../config/load-configuration.js";
import { StateStore } from "../state/state-store.js";
import type { RuntimeSettings } from "./api.js";
import type { RuntimeContext } from "./context.js";
import { takeInheritedFds } from "./inherited-fds.js";

/**
 * Loads the configuration and opens the state directory.
 *
 * @param log gets what people should be told though it stops nothing
 * @throws as `loadConfiguration`
 */
export async function openContext(settings: RuntimeSettings, log: LogSink): Promise<RuntimeContext> {
  const config = await loadConfiguration({ file: settings.configFile });
  return {
    store: new StateStore(resolve(settings.root ?? config.paths.stateRoot)),
    config,
    log: withMinimum(settings.debug === true ? "debug" : config.debug.logLevel, log),
    inheritedFds: takeInheritedFds(),
    systemdCgroup: settings.systemdCgroup === true,
    hypervisor: settings.hypervisor,
  };
}
