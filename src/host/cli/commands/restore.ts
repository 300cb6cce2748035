import type { Command } from "commander";
import { TskataError } from "../../../common/error.js";

/** `restore`: not built yet, like `checkpoint`. */
export function defineRestore(command: Command): void {
  command
    .argument("<container-id>", "name of the new container")
    .option("--image-path <directory>", "where the checkpoint is")
    .option("--work-path <directory>", "where logs and work files go")
    .option("-b, --bundle <directory>", "bundle with config.json and root filesystem", ".")
    .option("--console-socket <path>", "unix socket that gets the terminal's master")
    .option("--pid-file <file>", "write the process id there")
    .option("-d, --detach", "leave the container running and return")
    .option("--tcp-established", "with open TCP connections")
    .option("--ext-unix-sk", "with unix sockets of others")
    .option("--shell-job", "with its terminal")
    .option("--file-locks", "with file locks")
    .option("--lazy-pages", "load memory on demand")
    .option("--manage-cgroups-mode <mode>", "soft, full, strict or ignore")
    .option("--empty-ns <namespace>", "namespace to leave out")
    .option("--auto-dedup", "remove memory from the checkpoint as it is restored")
    .option("--no-pivot", "without pivot_root")
    .option("--no-subreaper", "without a subreaper")
    .option("--lsm-profile <type:name>", "another profile of a security module")
    .option("--lsm-mount-context <context>", "another SELinux mount context")
    .action((id: string) => {
      throw new TskataError("unsupported", `restore ${id}: this version can't make checkpoints of a VM`);
    });
}
