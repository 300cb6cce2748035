import { type Command, Option } from "commander";
import { TskataError } from "../../../common/error.js";
import type { TemplateSummary } from "../../runtime/list-templates.js";
import type { TemplateSelection } from "../../runtime/remove-templates.js";
import type { CommandContext } from "../command-context.js";
import { formatTable } from "../format-table.js";
import { templateStatusText } from "../template-status-text.js";

const MIB = 1024 * 1024;

/** `template`: looks after what VMs are cloned from. */
export function defineTemplate(command: Command, context: CommandContext): void {
  const format = (): Option =>
    new Option("-f, --format <format>", "how to print it").choices(["table", "json"]).default("table");
  command
    .command("create")
    .description("make the template of the configured VM, unless it is there")
    .action(async () => {
      const { key } = await (await context.runtime()).createTemplate();
      context.print(`${key}\n`);
    });
  command
    .command("list")
    .description("list the templates")
    .addOption(format())
    .action(async (options: { readonly format: string }) => {
      const templates = await (await context.runtime()).listTemplates();
      context.print(options.format === "json" ? `${JSON.stringify(templates)}\n` : table(templates));
    });
  command
    .command("remove")
    .description("remove templates; VMs that were cloned from them go on")
    .argument("[key...]", "as `template list` has it")
    .option("-a, --all", "all of them")
    .option("--stale", "those that nothing is cloned from any more")
    .action(async (keys: string[], options: { readonly all?: boolean; readonly stale?: boolean }) => {
      const removed = await (await context.runtime()).removeTemplates(selection(keys, options));
      context.print(removed.map((key) => `${key}\n`).join(""));
    });
  command
    .command("status")
    .description("tell whether the next VM is cloned, and from what")
    .addOption(format())
    .action(async (options: { readonly format: string }) => {
      const status = await (await context.runtime()).templateStatus();
      context.print(options.format === "json" ? `${JSON.stringify(status)}\n` : templateStatusText(status));
    });
}

function selection(
  keys: readonly string[],
  { all = false, stale = false }: { readonly all?: boolean; readonly stale?: boolean },
): TemplateSelection {
  if (Number(keys.length > 0) + Number(all) + Number(stale) !== 1) {
    throw new TskataError("invalid-argument", "template remove: give keys of templates, --all or --stale");
  }
  if (all) return { kind: "all" };
  return stale ? { kind: "stale" } : { kind: "keys", keys };
}

function table(templates: readonly TemplateSummary[]): string {
  const rows = templates.map(({ key, created, memoryBytes, stale, elsewhere }) => {
    const usable = elsewhere === true ? "in another pid namespace" : "ready";
    return [key, created, `${Math.ceil(memoryBytes / MIB)} MiB`, stale === undefined ? usable : `stale: ${stale}`];
  });
  return formatTable([["KEY", "CREATED", "SIZE", "STATUS"], ...rows], 12);
}
