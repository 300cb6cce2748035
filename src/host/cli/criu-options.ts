import { type Command, Option } from "commander";
import { TskataError } from "../../common/error.js";
import type { CheckpointPaths } from "../runtime/checkpoint-container.js";
import type { CriuOptions } from "../../protocol/gen/agent_pb.js";

/** What the command line says of a checkpoint or a restore. */
export interface CriuFlags {
  readonly imagePath: string;
  readonly workPath?: string;
  readonly tcpEstablished?: boolean;
  readonly extUnixSk?: boolean;
  readonly shellJob?: boolean;
  readonly fileLocks?: boolean;
  readonly parentPath?: string;
  readonly preDump?: boolean;
  readonly statusFd?: string;
  readonly pageServer?: string;
  readonly lazyPages?: boolean;
  readonly autoDedup?: boolean;
}

/** Those of runc's that aren't built. */
const UNSUPPORTED = ["parentPath", "preDump", "statusFd", "pageServer", "lazyPages", "autoDedup"] as const;

/** Adds the options that `checkpoint` and `restore` have in common. */
export function addCriuOptions(command: Command): Command {
  return command
    .option("--image-path <directory>", "where the checkpoint is", "checkpoint")
    .option("--work-path <directory>", "where CRIU's log goes; by default the image path")
    .option("--tcp-established", "with open TCP connections")
    .option("--ext-unix-sk", "with unix sockets of others")
    .option("--shell-job", "with its terminal")
    .option("--file-locks", "with file locks")
    .addOption(new Option("--lazy-pages", "move memory on demand").hideHelp())
    .addOption(new Option("--auto-dedup", "remove memory that is kept twice").hideHelp())
    .addOption(
      new Option(
        "--manage-cgroups-mode <mode>",
        "taken for compatibility: the container's cgroup is made anew",
      ).choices(["soft", "full", "strict", "ignore"]),
    )
    .addOption(
      new Option("--empty-ns <namespace>", "taken for compatibility: the network is never saved").choices(["network"]),
    );
}

/** What they say. */
export function criuOptions(flags: CriuFlags): { readonly paths: CheckpointPaths; readonly criu: CriuOptions } {
  const { imagePath, workPath, tcpEstablished, extUnixSk, shellJob, fileLocks } = flags;
  return {
    paths: { imagePath, ...(workPath === undefined ? {} : { workPath }) },
    criu: {
      tcpEstablished: tcpEstablished === true,
      extUnixSk: extUnixSk === true,
      shellJob: shellJob === true,
      fileLocks: fileLocks === true,
    },
  };
}

/**
 * Refuses what isn't built.
 *
 * @throws TskataError `unsupported` naming the option
 */
export function refuseUnsupported(what: string, flags: CriuFlags): void {
  for (const name of UNSUPPORTED) {
    if (flags[name] === undefined) continue;
    const option = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new TskataError(
      "unsupported",
      `${what}: --${option} is not supported: a checkpoint is made at once and whole`,
    );
  }
}
