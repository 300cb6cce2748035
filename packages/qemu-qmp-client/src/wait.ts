import { QmpError } from "./errors.js";

/** How long the caller is ready to wait. */
export interface WaitLimits {
  /** Ends the wait with an `aborted` error; its reason is the cause. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait with a `timeout` error after so many milliseconds; Infinity for never. */
  readonly timeoutMs?: number | undefined;
}

/** The two ends that a wait can take. */
export interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: QmpError) => void;
}

/**
 * Waits for something that settles through callbacks, within limits. The timer
 * and the signal's listener are gone when the wait is over.
 *
 * @param what what is waited for, for error texts
 * @param begin starts the wait and returns what stops it; called once, and not at all where the signal has fired
 */
export function waitWithin<T>(what: string, limits: WaitLimits, begin: (settle: Settle<T>) => () => void): Promise<T> {
  const { signal, timeoutMs = Infinity } = limits;
  return new Promise<T>((resolve, reject) => {
    const aborted = (): QmpError => new QmpError("aborted", `${what}: aborted`, { cause: signal?.reason });
    if (signal?.aborted) {
      reject(aborted());
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    let end = (): void => undefined;
    let over = false;
    const finish = (settle: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      end();
      settle();
    };
    const onAbort = (): void => finish(() => reject(aborted()));
    signal?.addEventListener("abort", onAbort, { once: true });
    if (timeoutMs !== Infinity) {
      timer = setTimeout(
        () => finish(() => reject(new QmpError("timeout", `${what}: nothing within ${timeoutMs} ms`))),
        timeoutMs,
      );
    }
    end = begin({
      resolve: (value) => finish(() => resolve(value)),
      reject: (error) => finish(() => reject(error)),
    });
    if (over) end();
  });
}
