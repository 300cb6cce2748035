import { spawn } from "node:child_process";
import { collect, type CommandResult } from "../../support/tskata.js";

const DEADLINE_MS = 120_000;

/** How kubectl is run. */
export interface KubectlOptions {
  /** What is written to standard input, which then ends; nothing by default. */
  readonly input?: string | Buffer;
  /** Milliseconds until it is killed and the call rejects; two minutes by default. */
  readonly deadlineMs?: number;
}

/** Runs kubectl as the administrator of the cluster that the tests run beside. */
export async function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<CommandResult> {
  const child = spawn("kubectl", args, { stdio: "pipe" });
  child.stdin.on("error", () => undefined).end(options.input ?? "");
  return collect(child, `kubectl ${args.join(" ")}`, options.deadlineMs ?? DEADLINE_MS);
}

/** Runs a kubectl that has to succeed, and returns its output without the last line's end. */
export async function kubectlOk(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const { status, stderr, text } = await kubectl(args, options);
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: status ${status}: ${stderr}${text}`);
  return text;
}
