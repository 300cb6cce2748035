import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCriuOptions, criuOptions, type CriuFlags, refuseUnsupported } from "../criu-options.js";

interface RestoreFlags extends CriuFlags {
  readonly bundle: string;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  readonly detach?: boolean;
}

/** `restore`: makes a container from a checkpoint; in the foreground the exit status is the program's. */
export function defineRestore(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the new container")
    .option("-b, --bundle <directory>", "bundle with config.json and root filesystem", ".")
    .option("--console-socket <path>", "unix socket that gets the terminal's master")
    .option("--pid-file <file>", "write the process id there")
    .option("-d, --detach", "leave the container running and return")
    .addOption(new Option("--no-pivot", "taken for compatibility, of no effect").hideHelp())
    .addOption(new Option("--no-subreaper", "taken for compatibility, of no effect").hideHelp())
    .addOption(new Option("--lsm-profile <type:name>", "taken for compatibility, of no effect").hideHelp())
    .addOption(new Option("--lsm-mount-context <context>", "taken for compatibility, of no effect").hideHelp());
  addCriuOptions(command).action(async (id: string, flags: RestoreFlags) => {
    refuseUnsupported(`restore ${id}`, flags);
    const { bundle, detach = false, consoleSocket, pidFile } = flags;
    const files = { ...(consoleSocket && { consoleSocket }), ...(pidFile && { pidFile }) };
    const runtime = await context.runtime();
    context.exitWith(await runtime.restoreContainer({ id, bundle, detach, ...files, ...criuOptions(flags) }));
  });
}
