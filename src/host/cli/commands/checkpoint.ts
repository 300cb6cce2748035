import type { Command } from "commander";
import { TskataError } from "../../../common/error.js";

/** `checkpoint`: not built yet; its help works, because engines ask for it. */
export function defineCheckpoint(command: Command): void {
  command
    .argument("<container-id>", "name of the container")
    .option("--image-path <directory>", "where the checkpoint goes")
    .option("--work-path <directory>", "where logs and work files go")
    .option("--parent-path <directory>", "an earlier checkpoint to build on")
    .option("--leave-running", "let the container go on")
    .option("--tcp-established", "with open TCP connections")
    .option("--tcp-skip-in-flight", "without TCP connections that are being made")
    .option("--ext-unix-sk", "with unix sockets of others")
    .option("--shell-job", "with its terminal")
    .option("--lazy-pages", "serve memory on demand")
    .option("--status-fd <fd>", "descriptor that is told of the readiness")
    .option("--page-server <address:port>", "server for the memory")
    .option("--file-locks", "with file locks")
    .option("--pre-dump", "memory only, and let it go on")
    .option("--manage-cgroups-mode <mode>", "soft, full, strict or ignore")
    .option("--empty-ns <namespace>", "namespace to leave out")
    .option("--auto-dedup", "remove memory that an earlier checkpoint has")
    .action((id: string) => {
      throw new TskataError("unsupported", `checkpoint ${id}: this version can't make checkpoints of a VM`);
    });
}
