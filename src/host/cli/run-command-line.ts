import { CommanderError, type Command } from "commander";
import { appendToFile, Log, type LogLevel, type LogSink } from "../../common/log.js";
import type { Runtime, RuntimeSettings } from "../runtime/api.js";
import type { CommandContext } from "./command-context.js";
import type { GlobalOptions } from "./global-options.js";
import { goStyleArguments } from "./go-style-arguments.js";
import { buildProgram } from "./program.js";
import { FAILURE_STATUS, reportError } from "./report-error.js";

/** What the command line touches of the world. */
export interface CliWorld {
  readonly openRuntime: (settings: RuntimeSettings, log: LogSink) => Promise<Runtime>;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly readText: (path: string) => Promise<string>;
}

/**
 * Carries out one command line.
 *
 * @param args without the program's own name
 * @returns the exit status
 */
export async function runCommandLine(args: readonly string[], world: CliWorld): Promise<number> {
  let status = 0;
  let program: Command | undefined;
  let help = "";
  const contextOf = (parent: Command): CommandContext => ({
    runtime: async () => {
      const { root, config, debug } = parent.opts<GlobalOptions>();
      const settings = {
        ...(root === undefined ? {} : { root }),
        ...(config === undefined ? {} : { configFile: config }),
        ...(debug === true ? { debug } : {}),
      };
      return world.openRuntime(settings, logOf(parent, world, "debug"));
    },
    print: world.print,
    readText: world.readText,
    get log() {
      return logOf(parent, world);
    },
    exitWith: (next) => {
      status = next;
    },
  });
  try {
    program = await buildProgram(args, contextOf, {
      print: world.print,
      complain: (text) => {
        help = text;
      },
    });
    await program.parseAsync(goStyleArguments(program, args), { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      // No command at all: commander has the help ready, and we call that no fault.
      if (error.code === "commander.help") {
        world.print(help);
        return 0;
      }
    }
    const isLogged = program?.opts<GlobalOptions>().log !== undefined;
    reportError(error, world.printError, program !== undefined && isLogged ? logOf(program, world) : undefined);
    return status === 0 ? FAILURE_STATUS : status;
  }
}

/** The log that the global options ask for: a file, or standard error. */
function logOf(program: Command, world: CliWorld, minimum: LogLevel = "info"): Log {
  const { log, logFormat } = program.opts<GlobalOptions>();
  return new Log({
    format: logFormat,
    minimum,
    write: log === undefined ? (line) => world.printError(`${line}\n`) : appendToFile(log),
  });
}
