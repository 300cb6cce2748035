import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

/** How a program ended, with all that it printed. */
export interface ToolResult {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and standard error in the order of arrival. */
  readonly output: string;
}

/**
 * Runs one of the tools of `node_modules/.bin`, or Node for `node`, to its
 * end. A tool that can't be started rejects.
 *
 * @param root working directory
 */
export function runTool(root: string, tool: string, args: readonly string[]): Promise<ToolResult> {
  const command = tool === "node" ? process.execPath : join(root, "node_modules/.bin", tool);
  // buf looks for its plugins there
  const PATH = [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, PATH }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, output }));
  });
}
