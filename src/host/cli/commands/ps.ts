import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.js";
import { formatProcesses } from "../ps/format-processes.js";
import { parsePsOptions } from "../ps/parse-ps-options.js";

/**
 * `ps`: the processes of a container. The table has them as the guest numbers
 * them; JSON, which engines ask for, has the host's pids that stand for them.
 */
export function definePs(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .argument("[ps options...]", "options of ps(1), such as -ef, aux or -o pid,user,args")
    .passThroughOptions()
    .addOption(new Option("-f, --format <format>", "how to print them").choices(["table", "json"]).default("table"))
    .action(async (id: string, args: string[], { format }: { readonly format: string }) => {
      const view = parsePsOptions(args);
      const runtime = await context.runtime();
      if (format === "json") context.print(`${JSON.stringify(await runtime.monitorPids(id))}\n`);
      else context.print(formatProcesses(await runtime.guestProcesses(id), view, Date.now()));
    });
}
