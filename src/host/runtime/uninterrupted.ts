import type { LogSink } from "../../common/log.js";
import { INTERRUPTING } from "./interruptible.js";

/**
 * Carries out what can't be stopped half-way: signals that would end the
 * command are answered by a warning, and it ends when the work does.
 *
 * @param what the operation, for the warning
 */
export async function uninterrupted<T>(what: string, log: LogSink, work: () => Promise<T>): Promise<T> {
  const decline = (signal: NodeJS.Signals): void => {
    log.warning(`${what}: ${signal} is passed over: it can't be stopped half-way`);
  };
  for (const signal of INTERRUPTING) process.on(signal, decline);
  try {
    return await work();
  } finally {
    for (const signal of INTERRUPTING) process.off(signal, decline);
  }
}
