import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";

/** Beside this module's bundle. */
const PROGRAM = fileURLToPath(new URL("./lab.cjs", import.meta.url));
/** It cleans up before it ends, once: a terminal sends it them as well. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `lab`: a program of its own (src/lab), which is loaded with no other command; it has its own options and help. */
export function defineLab(command: Command, context: CommandContext): void {
  command
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .argument("[arguments...]")
    .action(async (args: readonly string[]) => {
      const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: "inherit" });
      for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
      const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
      context.exitWith(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
}
