import { text } from "node:stream/consumers";
import { messageOf } from "../common/error.js";
import type { RowReport, TestReport } from "./report/lab-report.js";
import { readTap } from "./report/read-tap.js";
import type { RemoteLab } from "./remote-lab.js";
import type { RemoteExit } from "./ssh/remote-process.js";

/**
 * Tests one row of a host.
 *
 * @param onTest is called with each test as it ends
 * @returns what came out; a row that broke off has a failed test that says why
 */
export async function tryRow(
  lab: RemoteLab,
  name: string,
  groups: readonly string[],
  onTest: (test: TestReport) => void,
  signal: AbortSignal,
): Promise<RowReport> {
  const startMs = performance.now();
  const reading = readTap(onTest);
  const process = lab.start(name, groups, signal);
  process.stdin.on("error", () => undefined).end();
  process.stdout.on("data", (chunk: Buffer) => reading.write(chunk));
  const errors = text(process.stderr);
  let ended: string | undefined;
  try {
    const exit = await process.exited;
    await process.closed;
    ended = faultOf(exit, (await errors).trim());
  } catch (error) {
    errors.catch(() => undefined);
    ended = messageOf(error);
  }
  // one that was interrupted may have had the time to end by itself
  signal.throwIfAborted();
  return { name, ...reading.end(ended), durationMs: performance.now() - startMs };
}

/** How it ended, where that wasn't well. Its standard error has what no test could say. */
function faultOf({ status, signal }: RemoteExit, errors: string): string | undefined {
  if (status === 0) return undefined;
  const end = status === undefined ? `killed by ${signal ?? "something"}` : `ended with status ${status}`;
  return errors === "" ? end : `${end}: ${errors}`;
}
