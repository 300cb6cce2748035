import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { errnoName, TskataError } from "../error.js";

/** How a build tool is run. */
export interface ToolOptions {
  /** Working directory. */
  cwd?: string;
  /** Variables on top of the caller's environment. */
  env?: Record<string, string>;
  /** Is given each line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Ends the tool. */
  signal?: AbortSignal | undefined;
}

/** Lines of output that an error quotes. */
const QUOTED_LINES = 25;

/**
 * Runs a build tool to its end. It gets SIGTERM when this process dies, so
 * that a killed build leaves no compiler at work (PR_SET_PDEATHSIG).
 *
 * @param what what the tool is run for, for the error's text
 * @returns its standard output
 * @throws TskataError `not-found` where the tool is missing, `internal` with
 *   its last lines where it fails
 */
export async function runTool(
  what: string,
  file: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.signal && { signal: options.signal }),
  });
  const output: string[] = [];
  const tail: string[] = [];
  const follow = (line: string, isOutput: boolean): void => {
    if (isOutput) output.push(line);
    tail.push(line);
    if (tail.length > QUOTED_LINES) tail.shift();
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on("line", (line) => follow(line, true));
  createInterface({ input: child.stderr }).on("line", (line) => follow(line, false));
  const [code, deathSignal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", (cause) => {
      if (options.signal?.aborted === true) return reject(options.signal.reason as Error);
      const missing = errnoName(cause) === "ENOENT";
      const detail = missing ? "the program setpriv is not installed (package util-linux)" : cause.message;
      reject(new TskataError(missing ? "not-found" : "internal", `${what}: ${detail}`, { cause }));
    });
    child.once("close", (...end) => resolve(end));
  });
  if (code === 0) return output.join("\n");
  options.signal?.throwIfAborted();
  if (code === SETPRIV_EXEC_FAILED) throw new TskataError("not-found", `${what}: can't run ${file}: is it installed?`);
  const end = deathSignal ?? `exit status ${code}`;
  throw new TskataError("internal", `${what}: ${file} failed (${end}):\n${tail.join("\n")}`);
}

/** Exit status of setpriv(1) where it can't execute the program. */
const SETPRIV_EXEC_FAILED = 127;
