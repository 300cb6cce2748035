import type { Hypervisor } from "../../../../hypervisors/hypervisor.js";
import { ensureTemplate } from "../../template/ensure-template.js";
import type { TemplateStore } from "../../template/template-store.js";
import type { Template } from "../../template/template.js";
import type { TemplateOrder } from "./template-order.js";
import { templateIdentityOf } from "./template-vm.js";
import type { HostPrograms, VmSettings } from "./vm-settings.js";

/** Beside the boot itself: what the template's guest does before it is captured, and the capture, in milliseconds. */
const CAPTURE_MS = 60_000;

/** The VM that a template is wanted of. */
export interface TemplateSubject {
  readonly vm: VmSettings;
  readonly hypervisor: Hypervisor;
  readonly programs: HostPrograms;
  /** As `TemplateMaker` has it. */
  readonly mounts?: number;
}

/**
 * The template of these settings, which is made where it isn't there.
 *
 * @throws as `ensureTemplate`
 */
export async function templateFor(
  { vm, hypervisor, programs, mounts }: TemplateSubject,
  store: TemplateStore,
  { retry }: { /** That it failed a while ago doesn't count. */ readonly retry: boolean },
  signal: AbortSignal,
): Promise<Template> {
  const identity = await templateIdentityOf(vm, hypervisor, signal);
  if (retry) store.forgetFailure(identity.key);
  const order: TemplateOrder = { vm, programs, directory: store.directory };
  const maker = {
    program: programs.templateMaker,
    order: JSON.stringify(order),
    ...(mounts === undefined ? {} : { mounts }),
    timeoutMs: vm.bootTimeoutMs + CAPTURE_MS,
  };
  return ensureTemplate(store, identity, maker, signal);
}
