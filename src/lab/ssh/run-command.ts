import type { Readable } from "node:stream";
import { TskataError } from "../../common/error.js";
import type { RemoteExit, RemoteProcess } from "./remote-process.js";

/** What a command gets, and who follows its output. */
export interface RunOptions {
  /** Its standard input; empty where absent. */
  readonly input?: string | Uint8Array;
  /** Takes standard output as it comes, in pieces of any length. */
  readonly onStdout?: (text: string) => void;
  /** Takes standard error likewise. */
  readonly onStderr?: (text: string) => void;
  /** Ends the command. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command has ended, and what it wrote, as UTF-8. */
export interface RunResult extends RemoteExit {
  /** All of it; where `onStdout` took it, the last 64 KiB. */
  readonly stdout: string;
  /** All of it; where `onStderr` took it, the last 64 KiB. */
  readonly stderr: string;
}

/** Of either stream, in characters: what is kept of one that nobody follows, and where somebody does. */
const MAX_OUTPUT = 4 * 1024 * 1024;
const MAX_TAIL = 64 * 1024;

/**
 * Follows a command to its end.
 *
 * @param name what messages call the command and its host
 * @throws TskataError `resource` where it writes more than 4 MiB to a stream that nobody follows: it is aborted then
 */
export async function followCommand(
  name: string,
  process: RemoteProcess,
  { input, onStdout, onStderr }: RunOptions,
): Promise<RunResult> {
  process.stdin.end(input);
  const collect = async (stream: Readable, what: string, follow?: (text: string) => void): Promise<string> => {
    let kept = "";
    for await (const text of stream.setEncoding("utf8") as AsyncIterable<string>) {
      follow?.(text);
      kept += text;
      if (follow !== undefined) kept = kept.slice(-MAX_TAIL);
      else if (kept.length > MAX_OUTPUT) throw new TskataError("resource", `${name}: wrote more than 4 MiB to ${what}`);
    }
    return kept;
  };
  try {
    const [exit, stdout, stderr] = await Promise.all([
      process.exited,
      collect(process.stdout, "standard output", onStdout),
      collect(process.stderr, "standard error", onStderr),
    ]);
    return { ...exit, stdout, stderr };
  } catch (error) {
    process.abort(error as Error);
    throw error;
  }
}
