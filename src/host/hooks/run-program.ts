import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { errnoName } from "../../common/error.js";

/** Of each output, for the error's text. */
const KEPT_BYTES = 4096;
/** A program that ended may have left its outputs to others; they are read no longer than this. */
const LAST_WORDS_MS = 1000;

/** A program of the host's to be run to its end. */
export interface ProgramOptions {
  readonly file: string;
  /** The whole argv. */
  readonly args: readonly string[];
  /** `NAME=value` entries; our own environment where absent. */
  readonly env?: readonly string[] | undefined;
  readonly directory: string;
  /** For its standard input. */
  readonly input: string;
  /** Milliseconds; no limit where absent. */
  readonly timeoutMs?: number | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end, in a process group of its own that is killed when
 * its time is over.
 *
 * @returns undefined where its exit status is 0; otherwise what went wrong, with what it printed
 * @throws the signal's reason where that fired
 */
export async function runProgram(options: ProgramOptions): Promise<string | undefined> {
  options.signal?.throwIfAborted();
  const [argv0, ...args] = options.args;
  const child = spawn(options.file, args, {
    argv0,
    cwd: options.directory,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.env === undefined ? {} : { env: environment(options.env) }),
  });
  const outputs = [collect(child.stdout), collect(child.stderr)] as const;
  // A program that doesn't read its input is within its rights.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  if (child.pid === undefined) return couldNotStart(child, options.file);

  let timedOut = false;
  const kill = (): void => void process.kill(-(child.pid as number), "SIGKILL");
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, options.timeoutMs);
  options.signal?.addEventListener("abort", kill, { once: true });
  const closed = once(child, "close");
  const [status, signalName] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", kill);
  await lastWords(child, closed);
  options.signal?.throwIfAborted();
  if (status === 0) return undefined;
  const ending = timedOut ? `timed out after ${options.timeoutMs} ms` : describeEnding(status, signalName);
  return `${ending}, stdout: ${outputs[0].text()}, stderr: ${outputs[1].text()}`;
}

function environment(entries: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    entries.map((entry) => {
      const sign = entry.indexOf("=");
      return [entry.slice(0, sign), entry.slice(sign + 1)];
    }),
  );
}

async function couldNotStart(child: ChildProcess, file: string): Promise<string> {
  const [error] = (await once(child, "error")) as [Error];
  return `${file}: ${errnoName(error) ?? error.message}`;
}

function describeEnding(status: number | null, signalName: NodeJS.Signals | null): string {
  return status === null ? `signal: ${signalName ?? "unknown"}` : `exit status ${status}`;
}

async function lastWords(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, LAST_WORDS_MS);
  await closed;
  clearTimeout(timer);
}

/** Takes all that comes and keeps the beginning. */
function collect(output: Readable): { text(): string } {
  const kept: Buffer[] = [];
  let length = 0;
  output.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, KEPT_BYTES - length);
    length += part.length;
    if (part.length > 0) kept.push(part);
  });
  return { text: () => Buffer.concat(kept).toString("utf8").trim() };
}
