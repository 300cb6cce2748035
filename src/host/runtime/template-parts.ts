import type { Hypervisor } from "../../../hypervisors/hypervisor.js";
import { openDriver } from "../../../hypervisors/index.js";
import type { VmSettings } from "../sandbox/vm/vm-settings.js";
import { TemplateStore } from "../template/template-store.js";
import { chooseDriver } from "./choose-driver.js";
import type { RuntimeContext } from "./context.js";
import { locateInstallation, type Installation } from "./installation.js";
import { configuredVm } from "./vm-settings.js";

/** What is to be known to look after templates. */
export interface TemplateParts {
  readonly vm: VmSettings;
  readonly store: TemplateStore;
  readonly hypervisor: Hypervisor;
  readonly programs: Installation["programs"];
}

/** For the VM that the configuration asks for, whether it has templates or not. */
export function templateParts(context: RuntimeContext): TemplateParts {
  const { config, log } = context;
  const vm = configuredVm(config, chooseDriver(context).driver);
  const { programs } = locateInstallation();
  const hypervisor = openDriver(vm.driver, vm.driverOptions, { ...programs, debugLog: (line) => log.debug(line) });
  return { vm, store: new TemplateStore(config.paths.templateDir), hypervisor, programs };
}
