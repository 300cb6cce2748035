import type { Command } from "commander";
import { describeFeatures } from "../../../oci/features.js";
import type { CommandContext } from "../command-context.js";
import { BUILD_FEATURES } from "../../runtime/build-features.js";

/** `features`: what this runtime can do (features.md). */
export function defineFeatures(command: Command, context: CommandContext): void {
  command.action(() => context.print(`${JSON.stringify(describeFeatures(BUILD_FEATURES), undefined, 4)}\n`));
}
