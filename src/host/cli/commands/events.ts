import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { TskataError } from "../../../common/error.js";
import type { Runtime } from "../../runtime/api.js";
import type { ContainerStats } from "../../sandbox/control-protocol.js";
import type { CommandContext } from "../command-context.js";
import { durationMs } from "../option-parsers.js";

interface Flags {
  readonly interval: number;
  readonly stats?: boolean;
}

/**
 * `events`: figures of a container as JSON, one line each time, until it stops;
 * before them a line for each process that was killed because memory ran out.
 */
export function defineEvents(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .option("--interval <time>", "time between two lines", durationMs, 5000)
    .option("--stats", "print one line and return")
    .action(async (id: string, { interval, stats = false }: Flags) => {
      const runtime = await context.runtime();
      let found: ContainerStats | undefined = await runtime.containerStats(id);
      let oomKills = found.oomKills;
      while (found !== undefined) {
        for (; oomKills < found.oomKills; oomKills += 1) context.print(`{"type":"oom","id":${JSON.stringify(id)}}\n`);
        context.print(statsLine(id, found.statsJson));
        if (stats) return;
        await delay(interval);
        found = await statsWhileRunning(runtime, id);
      }
    });
}

/** The figures are JSON text already, with all digits of their numbers. */
function statsLine(id: string, statsJson: string): string {
  return `{"type":"stats","id":${JSON.stringify(id)},"data":${statsJson}}\n`;
}

/** Undefined where the container has stopped or is gone. */
async function statsWhileRunning(runtime: Runtime, id: string): Promise<ContainerStats | undefined> {
  try {
    return await runtime.containerStats(id);
  } catch (error) {
    const code = error instanceof TskataError ? error.code : undefined;
    if (code === "failed-precondition" || code === "not-found" || code === "unavailable") return undefined;
    throw error;
  }
}
