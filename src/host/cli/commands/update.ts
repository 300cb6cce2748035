import type { Command } from "commander";
import { stringifyJson } from "../../../oci/stringify-json.js";
import { formatIssue } from "../../../oci/validation/issue.js";
import { readResources } from "../../../oci/validate-resources.js";
import type { CommandContext } from "../command-context.js";
import { addUpdateOptions, type UpdateFlags, updateResources } from "../update-resources.js";

/** `update`: changes the limits of a container. */
export function defineUpdate(command: Command, context: CommandContext): void {
  command
    .argument("<container-id>", "name of the container")
    .option("-r, --resources <file>", "a linux.resources object, - for standard input; other options are then ignored");
  addUpdateOptions(command);
  command.action(async (id: string, flags: UpdateFlags) => {
    const { resources: path } = flags;
    const text = path === undefined ? stringifyJson(updateResources(flags, context.log)) : await context.readText(path);
    const { resources, warnings } = readResources(text, path === undefined || path === "-" ? `update ${id}` : path);
    for (const warning of warnings) context.log.warning(`update ${id}: ${formatIssue(warning)}`);
    const runtime = await context.runtime();
    await runtime.updateContainer(id, stringifyJson(resources));
  });
}
