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
  let log: ((line: string) => void) | undefined;
  const write = (line: string): void => (log === undefined ? world.printError(`${line}\n`) : log(line));
  const contextOf = (parent: Command): CommandContext => ({
    runtime: async () => {
      const { root, config, debug, systemdCgroup, hypervisor } = parent.opts<GlobalOptions>();
      const settings = {
        ...(root === undefined ? {} : { root }),
        ...(config === undefined ? {} : { configFile: config }),
        ...(debug === true ? { debug } : {}),
        ...(systemdCgroup === true ? { systemdCgroup } : {}),
        ...(hypervisor === undefined ? {} : { hypervisor }),
      };
      return world.openRuntime(settings, logOf(parent, write, "debug"));
    },
    print: world.print,
    readText: world.readText,
    get log() {
      return logOf(parent, write);
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
    // The file is opened as soon as it is known, so that one that can't be is told of before anything is done.
    program.on("option:log", (path: string) => {
      log = appendToFile(path);
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
    const errors = program === undefined || log === undefined ? undefined : logOf(program, log);
    reportError(error, world.printError, errors);
    return status === 0 ? FAILURE_STATUS : status;
  }
}

/** A log in the format that the global options ask for. */
function logOf(program: Command, write: (line: string) => void, minimum: LogLevel = "info"): Log {
  return new Log({ format: program.opts<GlobalOptions>().logFormat, minimum, write });
}
