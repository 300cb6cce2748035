import type { Duplex } from "node:stream";
import { spawnLauncher, type SpawnLauncher } from "./launcher-child.js";
import { LauncherError } from "./launcher-error.js";
import { parseReport } from "./launcher-report.js";
import type { Operation } from "./operation.js";
import { encodeOperations } from "./plan-encoder.js";

/**
 * Carries operations out in a process of their own, in the agent's namespaces.
 *
 * @throws LauncherError for the first operation that fails; those before it were carried out
 * @throws Error when the launcher itself can't be started
 */
export async function runOperations(
  operations: readonly Operation[],
  spawn: SpawnLauncher = spawnLauncher,
): Promise<void> {
  const { control, ended } = spawn("operations");
  control.write(encodeOperations(operations));
  const outcome = readOutcome(control, operations);
  await ended;
  const failure = await outcome;
  if (failure !== undefined) throw failure;
}

/** What the launcher reported of the operations; never rejects, a broken socket being a report that is missing. */
async function readOutcome(control: Duplex, operations: readonly Operation[]): Promise<LauncherError | undefined> {
  let text = "";
  control.setEncoding("latin1");
  control.on("data", (chunk: string) => {
    text += chunk;
  });
  control.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    control.once("end", resolve).once("close", resolve);
  });
  control.destroy();
  const report = parseReport(text.split("\n", 1)[0] ?? "");
  if (report?.kind === "done") return undefined;
  if (report?.kind === "failed") return new LauncherError({ ...report, operation: operations[report.index]?.op });
  const detail = "the launcher ended without a report";
  return new LauncherError({ stage: "plan", index: -1, operation: undefined, errno: "ECHILD", detail });
}
