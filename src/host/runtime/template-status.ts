import { messageOf } from "../../common/error.js";
import { templateIdentityOf } from "../sandbox/vm/template-vm.js";
import type { RuntimeContext } from "./context.js";
import { type TemplateSummary, templateSummary } from "./list-templates.js";
import { templateParts } from "./template-parts.js";

/** How the next VM of the configuration will start. */
export type TemplateStatus =
  /** It boots. */
  | { readonly status: "off"; readonly reason: string }
  /** It is cloned from this one. */
  | { readonly status: "ready"; readonly template: TemplateSummary }
  /** It is cloned once the template of this key has been made. */
  | { readonly status: "missing"; readonly key: string }
  /** It boots, since the template of this key couldn't be made; that is tried again a while after. */
  | { readonly status: "failed"; readonly key: string; readonly reason: string; readonly at: string };

/** Whether the next VM of the configuration is cloned, and from what. */
export async function templateStatus(context: RuntimeContext): Promise<TemplateStatus> {
  if (!context.config.template.enabled) {
    return { status: "off", reason: "template.enabled is false in the configuration" };
  }
  const { vm, store, hypervisor } = templateParts(context);
  try {
    hypervisor.require("template", "templates");
  } catch (error) {
    return { status: "off", reason: messageOf(error) };
  }
  const identity = await templateIdentityOf(vm, hypervisor);
  const template = store.find(identity);
  if (template !== undefined) return { status: "ready", template: await templateSummary(template) };
  const { key } = identity;
  const failure = store.recentFailure(key);
  return failure === undefined ? { status: "missing", key } : { status: "failed", key, ...failure };
}
