import { existsSync } from "node:fs";
import type { VmSpec } from "../hypervisor.js";
import type { Accelerator, QemuSettings } from "./options.js";
import { SHARED_WINDOW } from "./shared-window.js";
import { templateFilesIn } from "./template-files.js";

/**
 * How a template is kept. `saved`: as files, and each clone is a new QEMU that
 * takes the state of memory and devices from them. `live`: as a QEMU whose
 * guest is halted, and each clone is a fork of it. Without KVM that is several
 * times as fast, since the guest's code is translated already, and what is
 * translated is shared. A guest in KVM can't be forked.
 */
export type TemplateForm = "saved" | "live";

/** The form that a template of this VM is made in; undefined where none is. */
export function chooseTemplateForm(
  accelerator: Accelerator,
  spec: Pick<VmSpec, "start" | "shares" | "memoryBytes">,
  settings: Pick<QemuSettings, "liveTemplates" | "templatePrograms">,
): TemplateForm | undefined {
  if (spec.start?.kind !== "to-capture") return undefined;
  const hasRoom = !hasWindow(spec) || spec.memoryBytes >= SHARED_WINDOW.start + SHARED_WINDOW.bytes;
  return mayBeLive(accelerator, settings) && hasRoom ? "live" : "saved";
}

/** Whether templates are live, but for VMs that are too small for it. */
export function mayBeLive(
  accelerator: Accelerator,
  { liveTemplates, templatePrograms }: Pick<QemuSettings, "liveTemplates" | "templatePrograms">,
): boolean {
  const { forkServer, forkClient } = templatePrograms;
  return liveTemplates && accelerator === "tcg" && forkServer !== undefined && forkClient !== undefined;
}

/** Whether forks of this VM share a part of their memory with virtiofsd: those that have no 9p from the start. */
export function hasWindow({ shares }: Pick<VmSpec, "shares">): boolean {
  return !shares.some(({ kind }) => kind === "nine-p");
}

/** The form that a template was made in. */
export function templateFormIn(directory: string): TemplateForm {
  return existsSync(templateFilesIn(directory).forkSocket) ? "live" : "saved";
}
