import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { withDeadline } from "../../../common/deadline.js";
import { TskataError } from "../../../common/error.js";
import { type Output, outputOf } from "./output.js";

const READY_MS = 10_000;
/** What a logger finds its pipes by: output, errors, and one that it closes when it reads. */
const [STDOUT_FD, STDERR_FD, READY_FD] = [3, 4, 5] as const;

/** Whose output it is. */
export interface LoggedContainer {
  readonly id: string;
  /** containerd's. */
  readonly namespace: string;
}

/**
 * Starts a program that takes both outputs (`binary:///path?key=value`, containerd's package runtime/v2/logging). It ends
 * when they do.
 *
 * @throws TskataError `unavailable` where it doesn't start to read
 */
export async function loggerOutputs(uri: URL, { id, namespace }: LoggedContainer): Promise<readonly [Output, Output]> {
  const program = decodeURIComponent(uri.pathname);
  const args = [...uri.searchParams].flatMap(([key, value]) => (value === "" ? [key] : [key, value]));
  const logger = spawn(program, args, {
    stdio: ["ignore", "ignore", "inherit", "pipe", "pipe", "pipe"],
    env: { ...process.env, CONTAINER_ID: id, CONTAINER_NAMESPACE: namespace },
    detached: true,
  });
  const pipes = logger.stdio as unknown as readonly Duplex[];
  const outputs = [pipes[STDOUT_FD] as Duplex, pipes[STDERR_FD] as Duplex] as const;
  const failed = new Promise<never>((_resolve, reject) => {
    logger.once("error", (cause) => reject(unavailable(program, cause)));
  });
  // Its end is seen by who reads.
  for (const output of outputs) output.on("error", () => output.destroy()).resume();
  try {
    const ready = once((pipes[READY_FD] as Duplex).resume(), "end");
    await withDeadline(`start the logger ${program}`, READY_MS, () => Promise.race([ready, failed]));
  } catch (error) {
    for (const output of outputs) output.destroy();
    logger.kill("SIGKILL");
    throw error;
  }
  return [outputOf(outputs[0]), outputOf(outputs[1])];
}

function unavailable(program: string, cause: Error): TskataError {
  return new TskataError("unavailable", `start the logger ${program}: ${cause.message}`, { cause });
}
