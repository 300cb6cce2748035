import type { Command } from "commander";
import { stringifyJson } from "../../../oci/stringify-json.js";
import { formatIssue } from "../../../oci/validation/issue.js";
import { readProcess } from "../../../oci/validate-process.js";
import type { CommandContext } from "../command-context.js";
import { execProcessSpec } from "../exec-process-spec.js";
import { addExecOptions, type ExecOptionFlags } from "./exec-options.js";

/** As runc has it for a process that could not be started. */
const EXEC_FAILURE_STATUS = 255;

/** `exec`: one more process in a container; in the foreground the exit status is its own. */
export function defineExec(command: Command, context: CommandContext): void {
  addExecOptions(command).action(async (id: string, args: string[], flags: ExecOptionFlags) => {
    const { detach = false, ignorePaused, preserveFds, consoleSocket, pidFile, pidfdSocket, cgroup } = flags;
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
    const given = {
      ...(cgroup === undefined ? {} : { cgroup }),
      ...(ignorePaused === true ? { ignorePaused } : {}),
      ...(consoleSocket === undefined ? {} : { consoleSocket }),
      ...(pidFile === undefined ? {} : { pidFile }),
      ...(pidfdSocket === undefined ? {} : { pidfdSocket }),
    };
    const options = {
      id,
      processJson: stringifyJson(process),
      terminal,
      detach,
      preserveFds,
      ...given,
    };
    context.exitWith(await runtime.execProcess(options));
  });
}
