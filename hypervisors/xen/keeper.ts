import type { Writable } from "node:stream";
import { type RunningProgram, startProgram } from "./program.js";

/**
 * A process that destroys a domain where this one ends without having done so:
 * nothing of Xen's dies with who made a domain.
 */
export interface Keeper {
  readonly program: RunningProgram;
  /** Lets it go, the domain being gone. Settles when it has ended. */
  release(): Promise<void>;
}

/** Its standard input ends, without a line, with this process. */
const SCRIPT = 'read -r word || exec "$@"';

/**
 * Starts one, before the domain is made.
 *
 * @param destroy program and arguments that destroy the domain
 * @throws as `startProgram`
 */
export async function startKeeper(destroy: readonly string[]): Promise<Keeper> {
  const program = await startProgram(["sh", "-c", SCRIPT, "tskata-xen-keeper", ...destroy], {
    isDetached: true,
    stdin: "pipe",
  });
  const input = program.child.stdin as Writable;
  // It may have been killed, which its end tells.
  input.on("error", () => undefined);
  program.stdout.resume();
  return {
    program,
    async release() {
      if (!input.writableEnded) input.end("released\n");
      await program.exited;
    },
  };
}
