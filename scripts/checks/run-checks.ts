import { messageOf } from "../../src/common/error.js";
import type { Check, CheckResult } from "./check.js";
import { docstrings } from "./docstrings.js";
import { imports } from "./imports.js";
import { protocolGenerated } from "./protocol-generated.js";
import { toolCheck } from "./tool-check.js";

/** All checks of the sources. */
export const CHECKS: readonly Check[] = [
  toolCheck("types", "tsc", ["--noEmit", "--incremental", "--tsBuildInfoFile", "build/types.tsbuildinfo"]),
  toolCheck("lint", "oxlint", ["--type-aware", "--quiet", "--deny-warnings"]),
  toolCheck("format", "prettier", ["--check", "--cache", "--log-level", "warn", "."]),
  imports,
  docstrings,
  toolCheck("dead code", "knip", ["--no-progress"]),
  protocolGenerated,
  toolCheck("generated validators", "node", ["scripts/generate/run.mjs", "--check"]),
];

/**
 * Runs checks, two at a time, and prints each as it ends.
 *
 * @returns the names of those that failed
 */
export async function runChecks(
  root: string,
  checks: readonly Check[],
  print: (text: string) => void,
): Promise<string[]> {
  const queue = [...checks];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const startMs = performance.now();
      const { ok, text } = await outcome(root, check);
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      if (!ok) failed.push(check.name);
      const detail = ok && text !== "" ? ` (${text})` : "";
      print(`${ok ? "ok    " : "FAILED"} ${check.name}${detail}, ${seconds} s${ok ? "" : `\n${text}`}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

async function outcome(root: string, check: Check): Promise<CheckResult> {
  try {
    return await check.run(root);
  } catch (error) {
    return { ok: false, text: messageOf(error) };
  }
}
