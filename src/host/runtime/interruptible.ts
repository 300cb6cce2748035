import { TskataError } from "../../common/error.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Waits for work, but fails as soon as this command is, or was, told to end.
 *
 * @throws TskataError `unavailable`
 */
export type UnlessInterrupted = <T>(work: Promise<T>) => Promise<T>;

/**
 * Carries out an operation that SIGINT, SIGTERM and SIGHUP don't end on the
 * spot: they fail what it waits for by the function it is given, so that it
 * can undo what it began, undisturbed by further ones.
 *
 * @param what the operation, for the error's text
 */
export async function interruptible<Result>(
  what: string,
  operation: (unlessInterrupted: UnlessInterrupted) => Promise<Result>,
): Promise<Result> {
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = (signal) => reject(new TskataError("unavailable", `${what}: interrupted by ${signal}`));
  });
  // it may come while the operation waits for nothing
  interrupted.catch(() => undefined);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await operation(async (work) => {
      // whoever is interrupted doesn't hear of the work's own failure any more
      work.catch(() => undefined);
      return Promise.race([interrupted, work]);
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
