import { type Command, Option } from "commander";
import type { ContainerState } from "../../runtime/container-state.js";
import type { CommandContext } from "../command-context.js";
import { formatTable } from "../format-table.js";

/** `list`: the containers under `--root`. */
export function defineList(command: Command, context: CommandContext): void {
  command
    .addOption(new Option("-f, --format <format>", "how to print them").choices(["table", "json"]).default("table"))
    .option("-q, --quiet", "print only their names")
    .action(async ({ format, quiet }: { readonly format: string; readonly quiet?: boolean }) => {
      const runtime = await context.runtime();
      const containers = await runtime.listContainers();
      if (quiet === true) context.print(containers.map(({ id }) => `${id}\n`).join(""));
      else if (format === "json") context.print(`${JSON.stringify(containers)}\n`);
      else context.print(table(containers));
    });
}

function table(containers: readonly ContainerState[]): string {
  const rows = containers.map(({ id, pid = 0, status, bundle, created, owner }) => {
    return [id, String(pid), status, bundle, created, owner];
  });
  return formatTable([["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], ...rows], 12);
}
