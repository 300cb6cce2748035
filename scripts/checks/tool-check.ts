import type { Check } from "./check.js";
import { runTool } from "./run-tool.js";

/** A check that is passed when a tool ends with status 0. */
export function toolCheck(name: string, tool: string, args: readonly string[]): Check {
  return {
    name,
    async run(root) {
      const { status, output } = await runTool(root, tool, args);
      return status === 0 ? { ok: true, text: "" } : { ok: false, text: output.trimEnd() || `status ${status}` };
    },
  };
}
