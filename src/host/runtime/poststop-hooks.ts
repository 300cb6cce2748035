import { hookState } from "../hooks/hook-state.js";
import { runAllHooks } from "../hooks/run-hooks.js";
import type { ContainerRecord } from "../state/container-record.js";
import type { RuntimeContext } from "./context.js";

/** Runs the hooks that a container's end leaves to run; a failure is a warning (runtime.md, "Lifecycle"). */
export async function runPoststopHooks(context: RuntimeContext, record: ContainerRecord): Promise<void> {
  const around = { state: hookState(record, "stopped"), directory: record.bundle };
  await runAllHooks("poststop", record.hooks, around, context.log);
}
