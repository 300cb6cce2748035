import type { TemplateStatus } from "../runtime/template-status.js";

const MIB = 1024 * 1024;

/** How the next VM will start, for people. */
export function templateStatusText(status: TemplateStatus): string {
  switch (status.status) {
    case "off":
      return `VMs boot: ${status.reason}\n`;
    case "ready": {
      const { key, created, memoryBytes, directory } = status.template;
      return `VMs are cloned from template ${key} of ${created}, ${Math.ceil(memoryBytes / MIB)} MiB in ${directory}\n`;
    }
    case "missing":
      return `VMs are cloned from template ${status.key}, which the first one makes (or tskata template create)\n`;
    case "failed":
      return `VMs boot: template ${status.key} could not be made at ${status.at}: ${status.reason}\n`;
  }
}
