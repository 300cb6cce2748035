import { type Command, Option } from "commander";
import type { PoolAnswer } from "../../runtime/pool-protocol.js";
import type { CommandContext } from "../command-context.js";
import { integer } from "../option-parsers.js";

/** Each takes the memory of a VM. */
const LARGEST_SIZE = 256;

/** `pool`: keeps VMs waiting for containers. */
export function definePool(command: Command, context: CommandContext): void {
  command
    .command("start")
    .description("keep VMs waiting, in the foreground, until a signal or pool stop")
    .requiredOption("--size <n>", "how many are to wait", integer(1, LARGEST_SIZE))
    .action(async ({ size }: { readonly size: number }) => {
      await (await context.runtime()).startPool(size);
    });
  command
    .command("status")
    .description("tell what waits")
    .addOption(new Option("-f, --format <format>", "how to print it").choices(["table", "json"]).default("table"))
    .action(async ({ format }: { readonly format: string }) => {
      const status = await (await context.runtime()).poolStatus();
      context.print(format === "json" ? `${JSON.stringify(status ?? null)}\n` : text(status));
    });
  command
    .command("stop")
    .description("end the pool; containers that have a VM of it go on")
    .action(async () => {
      await (await context.runtime()).stopPool();
    });
}

function text(status: PoolAnswer | undefined): string {
  if (status === undefined) return "no pool\n";
  const { size, waiting, making, failure, pid } = status;
  const more = making ? ", one is being made" : "";
  const trouble = failure === undefined ? "" : `the last one could not be made at ${failure.at}: ${failure.reason}\n`;
  return `${waiting.length} of ${size} VMs wait${more}; kept by process ${pid}\n${trouble}`;
}
