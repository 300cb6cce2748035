import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { integer } from "../option-parsers.js";

interface CreateFlags {
  readonly bundle: string;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  readonly pidfdSocket?: string;
  readonly preserveFds: number;
}

/** Declares the options that `create` and `run` share. */
export function addLaunchOptions(command: Command): void {
  command
    .argument("<container-id>", "name of the new container, unique on this host")
    .option("-b, --bundle <directory>", "bundle with config.json and root filesystem", ".")
    .option("--console-socket <path>", "unix socket that gets the terminal's master")
    .option("--pid-file <file>", "write the process id there")
    .option("--pidfd-socket <path>", "unix socket that gets a descriptor of the process")
    .option("--no-pivot", "taken for compatibility: in the VM the root is always pivoted to")
    .option("--no-new-keyring", "taken for compatibility: the VM's keyrings are nobody else's")
    .option("--preserve-fds <number>", "how many further descriptors, from 3 up, the process gets", integer(0), 0);
}

/** `create`: a container whose program waits for `start`. */
export function defineCreate(command: Command, context: CommandContext): void {
  addLaunchOptions(command);
  command.action(async (id: string, flags: CreateFlags) => {
    const runtime = await context.runtime();
    await runtime.createContainer({ id, ...launchFlags(flags) });
  });
}

/** The shared options without those that have no effect. */
export function launchFlags({ bundle, consoleSocket, pidFile, pidfdSocket, preserveFds }: CreateFlags): CreateFlags {
  return {
    bundle,
    preserveFds,
    ...(consoleSocket === undefined ? {} : { consoleSocket }),
    ...(pidFile === undefined ? {} : { pidFile }),
    ...(pidfdSocket === undefined ? {} : { pidfdSocket }),
  };
}
