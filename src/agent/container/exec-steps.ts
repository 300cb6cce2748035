import { TskataError } from "../../common/error.js";
import type { Process } from "../../oci/process.js";
import type { Operation } from "../kernel/operation.js";

/** The last steps of a process. */
export interface ExecSteps {
  /** Before the barrier `start`, as the process's own user: whether the program is there. */
  readonly find: readonly Operation[];
  /** After it. */
  readonly exec: readonly Operation[];
}

/**
 * Plans the program of a process.
 *
 * @param saysFailure a program that can't be run, though it is there, ends the process instead of the operation
 * @throws TskataError `invalid-argument` where there are no arguments
 */
export function execSteps(process: Process, saysFailure: boolean): ExecSteps {
  const [file] = process.args ?? [];
  if (file === undefined) throw new TskataError("invalid-argument", "process.args must not be empty");
  const env = lastOfEach(process.env ?? []);
  const searchPath = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  return {
    find: [
      { op: "default-home", uid: process.user?.uid ?? 0, fallback: "/" },
      { op: "find-executable", file, searchPath },
    ],
    exec: [{ op: "exec", args: process.args ?? [], env, saysFailure }],
  };
}

/** Of several values for one name the last counts. */
function lastOfEach(env: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of env) {
    const name = entry.slice(0, Math.max(0, entry.indexOf("=")));
    byName.delete(name);
    byName.set(name, entry);
  }
  return [...byName.values()];
}
