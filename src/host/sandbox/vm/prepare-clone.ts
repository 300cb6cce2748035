import { openDriver } from "../../../../hypervisors/index.js";
import { messageOf, TskataError } from "../../../common/error.js";
import type { LogSink } from "../../../common/log.js";
import { TemplateStore } from "../../template/template-store.js";
import { isHeld, type Template } from "../../template/template.js";
import type { AnsweringVm, VmOptions } from "./answering-vm.js";
import { cloneVm } from "./clone-vm.js";
import { templateFor, type TemplateSubject } from "./template-for.js";
import { templateIdentityOf } from "./template-vm.js";

/**
 * Clones a VM from the template of its settings, which is made first where it
 * isn't there. A template that fails is thrown away.
 *
 * @param log is warned where no clone can be had
 * @returns undefined for a VM that is to boot: its settings have no templates, or they don't work
 * @throws the signal's reason
 */
export async function prepareClone(
  options: VmOptions,
  log: Pick<LogSink, "warning">,
  signal: AbortSignal,
): Promise<AnsweringVm | undefined> {
  const { templateDirectory } = options.vm;
  if (templateDirectory === undefined || !options.hypervisor.capabilities.has("template")) return undefined;
  const store = new TemplateStore(templateDirectory);
  let template: Template | undefined;
  try {
    template = await templateFor(await subject(options, store, signal), store, { retry: false }, signal);
    return await cloneVm(options, template, log, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warning(`the VM is not cloned but booted: ${messageOf(error)}`);
    // What the host lacks now is no fault of the template's.
    const lacks = error instanceof TskataError && error.code === "resource";
    if (template !== undefined && !lacks) store.remove(template.key);
    return undefined;
  }
}

/** What the template is of: where none may be made that is a process, and none is there, of the VM whose are files. */
async function subject(options: VmOptions, store: TemplateStore, signal: AbortSignal): Promise<TemplateSubject> {
  const { vm, hypervisor, keptAsFiles, programs } = options;
  if (keptAsFiles === undefined) return options;
  const existing = store.find(await templateIdentityOf(vm, hypervisor, signal));
  if (existing !== undefined && isHeld(existing)) return options;
  const { driver, driverOptions } = keptAsFiles;
  return { ...options, vm: keptAsFiles, hypervisor: openDriver(driver, driverOptions, programs) };
}
