import { spawn } from "node:child_process";

/** Long enough for whatever is measured here. */
const DEADLINE_MS = 300_000;

/** A program with what stands before its arguments, and what its environment has besides ours. */
export interface TimedCommand {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** What happens while it runs. */
export interface TimedOptions {
  /** What is written to its standard input, which then ends; nothing where absent. */
  readonly input?: Buffer;
  /** Called at the first byte of its standard output. */
  readonly onOutput?: () => void;
}

/**
 * Runs a command and measures it from its start to its end.
 *
 * @returns milliseconds
 * @throws Error where its status isn't 0, or it takes longer than five minutes and is killed
 */
export async function timedCommand(
  { command, env }: TimedCommand,
  args: readonly string[],
  { input, onOutput }: TimedOptions = {},
): Promise<number> {
  const [program, ...first] = command;
  const startMs = performance.now();
  const child = spawn(program, [...first, ...args], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  // Not the option of spawn, whose timer goes on where there is no such program.
  const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
  if (onOutput !== undefined) child.stdout.once("data", onOutput);
  child.stdout.resume();
  child.stdin.on("error", () => undefined).end(input);
  // Not "close": a container that was created holds the pipes.
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (...end) => resolve(end));
  }).finally(() => clearTimeout(timer));
  const durationMs = performance.now() - startMs;
  if (status !== 0) throw new Error(`${[...command, ...args].join(" ")}: ended with ${signal ?? `status ${status}`}`);
  return durationMs;
}
