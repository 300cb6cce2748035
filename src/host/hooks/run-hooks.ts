import { messageOf, TskataError } from "../../common/error.js";
import type { LogSink } from "../../common/log.js";
import type { State } from "../../oci/state.js";
import type { HostHook, HostHookName, HostHooks } from "./host-hooks.js";
import { runProgram } from "./run-program.js";

/** What the hooks of one list have in common. */
export interface HookSurroundings {
  /** What each of them reads on its standard input (runtime.md, "State"). */
  readonly state: State;
  /** Working directory. */
  readonly directory: string;
  /** Ends the one that runs. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the hooks of one list one after the other, up to the first that fails.
 *
 * @throws TskataError `failed-precondition` in runc's words, with what the hook printed
 */
export async function runHooks(name: HostHookName, hooks: HostHooks, surroundings: HookSurroundings): Promise<void> {
  for (const [index, hook] of (hooks[name] ?? []).entries()) await runHook(name, index, hook, surroundings);
}

/** Runs every hook of one list; a failure is a warning. */
export async function runAllHooks(
  name: HostHookName,
  hooks: HostHooks,
  surroundings: HookSurroundings,
  log: LogSink,
): Promise<void> {
  for (const [index, hook] of (hooks[name] ?? []).entries()) {
    try {
      await runHook(name, index, hook, surroundings);
    } catch (error) {
      log.warning(messageOf(error));
    }
  }
}

async function runHook(name: HostHookName, index: number, hook: HostHook, around: HookSurroundings): Promise<void> {
  const { state, directory, signal } = around;
  const failure = await runProgram({
    file: hook.path,
    args: hook.args,
    env: hook.env,
    directory,
    input: JSON.stringify(state),
    timeoutMs: hook.timeoutMs,
    signal,
  });
  if (failure === undefined) return;
  throw new TskataError("failed-precondition", `error running ${name} hook #${index}: ${failure}`);
}
