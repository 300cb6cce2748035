import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.js";
import { addLaunchOptions, launchFlags } from "./create.js";

type RunFlags = Parameters<typeof launchFlags>[0] & { readonly detach?: boolean; readonly keep?: boolean };

/** `run`: create and start; in the foreground the exit status is the program's. */
export function defineRun(command: Command, context: CommandContext): void {
  addLaunchOptions(command);
  command
    .option("-d, --detach", "leave the container running and return")
    .option("--keep", "keep the container once it has stopped")
    .addOption(new Option("--no-subreaper", "taken for compatibility, of no effect").hideHelp())
    .action(async (id: string, flags: RunFlags) => {
      const runtime = await context.runtime();
      const { detach = false, keep = false } = flags;
      context.exitWith(await runtime.runContainer({ id, detach, keep, ...launchFlags(flags) }));
    });
}
