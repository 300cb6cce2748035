import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `delete`: forgets a stopped container; with `--force` one in any state, or none. */
export function defineDelete(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .option("-f, --force", "kill it first where it runs, and succeed where it is unknown")
    .action(async (id: string, { force = false }: { readonly force?: boolean }) => {
      const runtime = await context.runtime();
      await runtime.deleteContainer(id, force);
    });
}
