import { createInterface } from "node:readline";
import { findProgram, type RunningProgram, startProgram } from "./program.js";

/** What xenstored tells of whenever any domain shuts down or goes away. */
const DOMAINS_END = "@releaseDomain";

/** Hears of the end of domains. */
export interface EndWatch {
  readonly program: RunningProgram;
  /** Ends it, and settles when it is reaped. */
  close(): Promise<void>;
}

/**
 * Starts to listen. See xenstore-watch(1).
 *
 * @param look called at once, and whenever a domain may have ended
 * @throws as `findProgram` and `startProgram`
 */
export async function watchEnds(look: () => void): Promise<EndWatch> {
  const program = await startProgram([await findProgram("xenstore-watch"), DOMAINS_END]);
  createInterface({ input: program.stdout }).on("line", look);
  return {
    program,
    async close() {
      program.child.kill("SIGKILL");
      await program.exited;
    },
  };
}
