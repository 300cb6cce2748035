import { execFile } from "node:child_process";
import { errnoName, TskataError } from "../../common/error.js";

/**
 * Runs a system program to its end.
 *
 * @param what what it is for, for the error's text
 * @param input what it reads from standard input; nothing where absent
 * @returns its standard output
 * @throws TskataError `not-found` where the program is missing, `internal` with
 *   its standard error where it fails
 */
export async function runCommand(
  what: string,
  file: string,
  args: readonly string[],
  { input = "", signal }: { readonly input?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { encoding: "utf8", maxBuffer: 1 << 24, ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (signal?.aborted === true) reject(signal.reason as Error);
        else if (errnoName(error) === "ENOENT") {
          reject(new TskataError("not-found", `${what}: the program ${file} is not installed`, { cause: error }));
        } else {
          const detail = stderr.trim() || error.message;
          reject(new TskataError("internal", `${what}: ${file} failed: ${detail}`, { cause: error }));
        }
      },
    );
    // One that doesn't read it has its own reasons.
    child.stdin?.on("error", () => undefined).end(input);
  });
}
