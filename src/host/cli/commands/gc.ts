import type { Command } from "commander";
import { TskataError } from "../../../common/error.js";
import type { CommandContext } from "../command-context.js";

/** `gc`: cleans up what a crash left. */
export function defineGc(command: Command, context: CommandContext): void {
  command.action(async () => {
    const runtime = await context.runtime();
    const { done, failed } = await runtime.collectGarbage();
    const isClean = done.length + failed.length === 0;
    context.print(isClean ? "nothing to clean up\n" : done.map((line) => `${line}\n`).join(""));
    if (failed.length > 0)
      throw new TskataError("internal", `gc: not everything could be cleaned up: ${failed.join("; ")}`);
  });
}
