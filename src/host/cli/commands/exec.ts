import type { Command } from "commander";
import { stringifyJson } from "../../../oci/stringify-json.js";
import { formatIssue } from "../../../oci/validation/issue.js";
import { readProcess } from "../../../oci/validate-process.js";
import type { CommandContext } from "../command-context.js";
import { type ExecFlags, execProcessSpec, parseUser } from "../exec-process-spec.js";
import { collect, collectIntegers, integer } from "../option-parsers.js";

/** As runc has it for a process that could not be started. */
const EXEC_FAILURE_STATUS = 255;

interface Flags extends Omit<ExecFlags, "noNewPrivs"> {
  readonly process?: string;
  /** What commander makes of `--no-new-privs`. */
  readonly newPrivs: boolean;
  readonly detach?: boolean;
  readonly consoleSocket?: string;
  readonly pidFile?: string;
  readonly preserveFds: number;
}

/** `exec`: one more process in a container; in the foreground the exit status is its own. */
export function defineExec(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .argument("[command...]", "program and arguments, unless --process has them")
    .passThroughOptions()
    .option("-p, --process <file>", "the whole process as a process.json")
    .option("-t, --tty", "give it a terminal")
    .option("-u, --user <uid[:gid]>", "who it runs as", parseUser)
    .option("-g, --additional-gids <gid>", "one more group (may be repeated)", collectIntegers(0, 2 ** 32 - 2))
    .option("--cwd <directory>", "working directory in the container")
    .option("-e, --env <NAME=value>", "add to the environment (may be repeated)", collect)
    .option("-c, --cap <capability>", "add a capability (may be repeated)", collect)
    .option("--apparmor <profile>", "AppArmor profile")
    .option("--process-label <label>", "SELinux label")
    .option("--no-new-privs", "set no_new_privs")
    .option("-d, --detach", "return once it runs")
    .option("--console-socket <path>", "unix socket that gets the terminal's master")
    .option("--pid-file <file>", "write the process id there")
    .option("--preserve-fds <number>", "further descriptors for the process (only 0 works)", integer(0), 0)
    .action(async (id: string, args: string[], flags: Flags) => {
      const { detach = false, preserveFds, consoleSocket, pidFile } = flags;
      context.exitWith(EXEC_FAILURE_STATUS);
      const runtime = await context.runtime();
      const text =
        flags.process === undefined
          ? stringifyJson(
              execProcessSpec(await runtime.containerProcess(id), args, { ...flags, noNewPrivs: !flags.newPrivs }),
            )
          : await context.readText(flags.process);
      const { process, warnings } = readProcess(text, flags.process ?? `exec ${id}`);
      for (const warning of warnings) context.log.warning(`exec ${id}: ${formatIssue(warning)}`);
      const terminal = process.terminal === true;
      const files = {
        ...(consoleSocket === undefined ? {} : { consoleSocket }),
        ...(pidFile === undefined ? {} : { pidFile }),
      };
      const options = { id, processJson: stringifyJson(process), terminal, detach, preserveFds, ...files };
      context.exitWith(await runtime.execProcess(options));
    });
}
