import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `start`: runs the program of a created container. */
export function defineStart(command: Command, context: CommandContext): void {
  command.argument("<container-id>", "name of the container").action(async (id: string) => {
    const runtime = await context.runtime();
    await runtime.startContainer(id);
  });
}
