import { TskataError } from "../../common/error.js";
import type { Monitor } from "./start-monitor.js";

/** What ends an operation that has begun, unless it can't be stopped half-way. */
export const INTERRUPTING = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];
/** What else a process behind a monitor gets; SIGKILL and SIGSTOP can't be caught, SIGCHLD is the command's own. */
const FORWARDED = [
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGWINCH",
] as const satisfies readonly NodeJS.Signals[];

/**
 * Waits for work, but fails as soon as this command is, or was, told to end.
 *
 * @throws TskataError `unavailable`
 */
export type UnlessInterrupted = <T>(work: Promise<T>) => Promise<T>;

/** What an operation does with the signals that its command gets. */
export interface Interruption {
  readonly unlessInterrupted: UnlessInterrupted;
  /**
   * From now on they interrupt no more, but go to the process behind this
   * monitor, until the operation ends.
   *
   * @throws TskataError `unavailable` where one came before
   */
  readonly forwardTo: (monitor: Pick<Monitor, "signal">) => void;
}

/**
 * Carries out an operation that SIGINT, SIGTERM and SIGHUP don't end on the
 * spot: they fail what it waits for by the function it is given, so that it
 * can undo what it began, undisturbed by further ones.
 *
 * @param what the operation, for the error's text
 */
export async function interruptible<Result>(
  what: string,
  operation: (interruption: Interruption) => Promise<Result>,
): Promise<Result> {
  const interruption = new Interrupter(what);
  try {
    return await operation(interruption);
  } finally {
    interruption.close();
  }
}

/** Listens once for all: a signal that comes while listeners change is lost. */
class Interrupter implements Interruption {
  readonly #what: string;
  readonly #interrupted: Promise<never>;
  #reject: (error: Error) => void = () => undefined;
  #error: Error | undefined;
  #monitor: Pick<Monitor, "signal"> | undefined;

  constructor(what: string) {
    this.#what = what;
    this.#interrupted = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    // it may come while the operation waits for nothing
    this.#interrupted.catch(() => undefined);
    for (const signal of INTERRUPTING) process.on(signal, this.#take);
  }

  readonly unlessInterrupted: UnlessInterrupted = async (work) => {
    // whoever is interrupted doesn't hear of the work's own failure any more
    work.catch(() => undefined);
    return Promise.race([this.#interrupted, work]);
  };

  readonly forwardTo = (monitor: Pick<Monitor, "signal">): void => {
    if (this.#error !== undefined) throw this.#error;
    this.#monitor = monitor;
    for (const signal of FORWARDED) process.on(signal, this.#take);
  };

  close(): void {
    for (const signal of [...INTERRUPTING, ...FORWARDED]) process.off(signal, this.#take);
  }

  readonly #take = (signal: NodeJS.Signals): void => {
    if (this.#monitor !== undefined) {
      this.#monitor.signal(signal);
      return;
    }
    this.#error ??= new TskataError("unavailable", `${this.#what}: interrupted by ${signal}`);
    this.#reject(this.#error);
  };
}
