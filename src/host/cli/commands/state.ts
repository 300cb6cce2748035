import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** `state`: the state of a container as JSON (runtime.md, "Query State"). */
export function defineState(command: Command, context: CommandContext): void {
  command.argument("<container-id>", "name of the container").action(async (id: string) => {
    const runtime = await context.runtime();
    context.print(`${JSON.stringify(await runtime.containerState(id), undefined, 2)}\n`);
  });
}
