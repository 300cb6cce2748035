import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `pause`: freezes all processes of a container. */
export function definePause(command: Command, context: CommandContext): void {
  command.argument("<container-id>", "name of the container").action(async (id: string) => {
    const runtime = await context.runtime();
    await runtime.pauseContainer(id);
  });
}
