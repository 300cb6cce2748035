import { TskataError } from "../../common/error.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Waits for `work`, but fails as soon as this command is told to end, so that
 * what it began can be undone.
 *
 * @param what for the error's text
 * @throws TskataError `unavailable` on SIGINT, SIGTERM or SIGHUP
 */
export async function interruptible<T>(what: string, work: Promise<T>): Promise<T> {
  let interrupt: (signal: NodeJS.Signals) => void = () => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = (signal) => reject(new TskataError("unavailable", `${what}: interrupted by ${signal}`));
  });
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    // Whoever was interrupted doesn't hear of the work's own failure any more.
    work.catch(() => undefined);
  }
}
