import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `console`: a shell in the container's VM, where the configuration allows it. */
export function defineConsole(command: Command, context: CommandContext): void {
  command.argument("<container-id>", "name of the container").action(async (id: string) => {
    const runtime = await context.runtime();
    context.exitWith(await runtime.openConsole(id));
  });
}
