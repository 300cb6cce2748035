import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.js";
import { addCriuOptions, criuOptions, type CriuFlags, refuseUnsupported } from "../criu-options.js";

interface CheckpointFlags extends CriuFlags {
  readonly leaveRunning?: boolean;
  readonly tcpSkipInFlight?: boolean;
  readonly linkRemap?: boolean;
}

/** `checkpoint`: saves the processes of a container in a directory, and ends them. */
export function defineCheckpoint(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .option("--leave-running", "let the container go on")
    .option("--tcp-skip-in-flight", "without TCP connections that are being made")
    .option("--link-remap", "with open files that have no name, which get one until the restore")
    .addOption(new Option("--parent-path <directory>", "an earlier checkpoint to build on").hideHelp())
    .addOption(new Option("--pre-dump", "memory only, and let it go on").hideHelp())
    .addOption(new Option("--status-fd <fd>", "descriptor that is told of the readiness").hideHelp())
    .addOption(new Option("--page-server <address:port>", "server for the memory").hideHelp());
  addCriuOptions(command).action(async (id: string, flags: CheckpointFlags) => {
    refuseUnsupported(`checkpoint ${id}`, flags);
    const { leaveRunning = false, tcpSkipInFlight = false, linkRemap = false } = flags;
    const { paths, criu } = criuOptions(flags);
    const runtime = await context.runtime();
    await runtime.checkpointContainer(id, paths, { criu, leaveRunning, tcpSkipInFlight, linkRemap });
  });
}
