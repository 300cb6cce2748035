import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `resume`: lets the processes of a paused container go on. */
export function defineResume(command: Command, context: CommandContext): void {
  command.argument("<container-id>", "name of the container").action(async (id: string) => {
    const runtime = await context.runtime();
    await runtime.resumeContainer(id);
  });
}
