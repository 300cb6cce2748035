import type { Command } from "commander";
import { parseSignal } from "../../../oci/signals.js";
import type { CommandContext } from "../command-context.js";

/** `kill`: sends a signal to the container's first process. */
export function defineKill(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .argument("[signal]", "name or number", "SIGTERM")
    .option("-a, --all", "to every process of the container")
    .action(async (id: string, signal: string, { all = false }: { readonly all?: boolean }) => {
      const number = parseSignal(signal);
      const runtime = await context.runtime();
      await runtime.killContainer(id, number, all);
    });
}
