import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { LauncherError } from "./launcher-error.js";
import { parseReport } from "./launcher-report.js";
import { DEFAULT_LAUNCHER_PATH, type LauncherOptions } from "./launcher.js";
import type { Operation } from "./operation.js";
import { encodeOperations } from "./plan-encoder.js";

/**
 * Carries operations out in a process of their own, in the agent's namespaces.
 *
 * @throws LauncherError for the first operation that fails; those before it were carried out
 * @throws Error when the launcher itself can't be started
 */
export async function runOperations(operations: readonly Operation[], options: LauncherOptions = {}): Promise<void> {
  const path = options.launcherPath ?? DEFAULT_LAUNCHER_PATH;
  const child = spawn(path, [], { stdio: ["ignore", "ignore", "ignore", "pipe"], env: {} });
  const exited = once(child, "exit");
  const control = child.stdio[3] as Duplex;
  // A launcher that ends early is told by what it reported, or by its silence.
  control.on("error", () => undefined);
  control.write(encodeOperations(operations));
  let failure = new LauncherError({
    stage: "plan",
    index: -1,
    operation: undefined,
    errno: "ECHILD",
    detail: "the launcher ended without a report",
  });
  let isDone = false;
  for await (const line of createInterface({ input: control })) {
    const report = parseReport(line);
    if (report?.kind === "done") isDone = true;
    if (report?.kind === "failed") {
      failure = new LauncherError({ ...report, operation: operations[report.index]?.op });
    }
  }
  control.destroy();
  await exited;
  if (!isDone) throw failure;
}
