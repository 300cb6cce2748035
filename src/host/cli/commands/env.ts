import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { formatTable } from "../format-table.js";

/** `env`: the settings that commands work with, and where each comes from. */
export function defineEnv(command: Command, context: CommandContext): void {
  command.option("--json", "print them as JSON").action(async ({ json = false }: { readonly json?: boolean }) => {
    const runtime = await context.runtime();
    const entries = await runtime.environment();
    if (json) context.print(`${JSON.stringify(entries, undefined, 2)}\n`);
    else context.print(formatTable(entries.map(({ name, value, origin }) => [name, value, `(${origin})`])));
  });
}
