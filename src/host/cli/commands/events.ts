import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { TskataError } from "../../../common/error.js";
import type { Runtime } from "../../runtime/api.js";
import type { ContainerStats } from "../../sandbox/control-protocol.js";
import type { CommandContext } from "../command-context.js";
import { durationMs } from "../option-parsers.js";

/** Lines at a time for processes that ran out of memory: the number comes from the guest. */
const MAX_OOM_LINES = 1000;

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
        const lines = Math.max(0, Math.min(found.oomKills - oomKills, MAX_OOM_LINES));
        context.print(`{"type":"oom","id":${JSON.stringify(id)}}\n`.repeat(lines));
        oomKills = found.oomKills;
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
