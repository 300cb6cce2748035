import { TskataError } from "../../common/error.js";
import { templateFor } from "../sandbox/vm/template-for.js";
import type { RuntimeContext } from "./context.js";
import { interruptible } from "./interruptible.js";
import { type TemplateSummary, templateSummary } from "./list-templates.js";
import { templateParts } from "./template-parts.js";

/**
 * Makes the template of the configured VM, unless it is there. That it failed
 * a while ago doesn't count.
 *
 * @throws TskataError `failed-precondition` where the configuration has templates off, `unsupported` where the driver
 *   has none, `unavailable` where it can't be made
 */
export async function createTemplate(context: RuntimeContext): Promise<TemplateSummary> {
  const what = "template create";
  if (!context.config.template.enabled) {
    throw new TskataError("failed-precondition", `${what}: template.enabled is false in the configuration`);
  }
  const { store, ...parts } = templateParts(context);
  parts.hypervisor.require("template", what);
  const interrupted = new AbortController();
  const template = await interruptible(what, async ({ unlessInterrupted }) => {
    try {
      return await unlessInterrupted(templateFor(parts, store, { retry: true }, interrupted.signal));
    } catch (error) {
      interrupted.abort(error);
      throw error;
    }
  });
  return templateSummary(template);
}
