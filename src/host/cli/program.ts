import { Command } from "commander";
import type { CommandContext } from "./command-context.js";
import { COMMANDS } from "./commands.js";
import { addGlobalOptions } from "./global-options.js";
import { versionText } from "./version.js";

/** Where the program writes. */
export interface ProgramOutput {
  /** Help and version. */
  readonly print: (text: string) => void;
  /** Commander's own words on a fault; the same come with the error. */
  readonly complain: (text: string) => void;
}

/**
 * The command line as a whole. Nothing in it ends the process: help, version
 * and faults come as CommanderErrors.
 *
 * @param args the arguments: commands that occur among them are loaded, the others are only listed
 * @param contextOf makes a command's context once the global options are parsed
 */
export async function buildProgram(
  args: readonly string[],
  contextOf: (program: Command) => CommandContext,
  output: ProgramOutput,
): Promise<Command> {
  const program = new Command("tskata")
    .description("Runs OCI containers, each in a virtual machine of its own.")
    .version(versionText().trimEnd(), "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: output.print, writeErr: output.complain })
    .configureHelp({ showGlobalOptions: false });
  addGlobalOptions(program);
  const wanted = new Set(args);
  const all = wanted.has("help");
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary);
    if (all || wanted.has(name)) (await load())(command, contextOf(program));
  }
  return program;
}
