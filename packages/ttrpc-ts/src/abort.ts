import { TtrpcError } from "./error.js";

/** Longest delay that setTimeout takes, in milliseconds (24.8 days). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `onExpired` after that time, unless the returned function is called first. Times beyond a timer's reach never come. */
export function startTimer(timeoutMs: number, onExpired: () => void): () => void {
  if (timeoutMs > MAX_TIMER_MS) return () => undefined;
  const timer = setTimeout(onExpired, Math.max(0, timeoutMs));
  return () => clearTimeout(timer);
}

/** What ends a call early. */
export interface CallLimits {
  /** Gives the call up; its reason becomes the error's cause. */
  readonly signal?: AbortSignal | undefined;
  /** Time for the whole call, in milliseconds; sent along, so that the server gives up too. No limit by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Checks that the call was not given up before it began.
 *
 * @throws TtrpcError `canceled`
 */
export function throwIfAborted({ signal }: CallLimits): void {
  if (signal?.aborted) throw canceled(signal);
}

/** Calls `onOver` once when a limit is reached. The returned function ends the watch. */
export function watchLimits({ signal, timeoutMs }: CallLimits, onOver: (error: TtrpcError) => void): () => void {
  const abort = (): void => {
    stop();
    onOver(canceled(signal));
  };
  const expire = (): void => {
    stop();
    onOver(new TtrpcError("deadline-exceeded", `no answer within ${timeoutMs} ms`));
  };
  const stopTimer = timeoutMs === undefined ? undefined : startTimer(timeoutMs, expire);
  const stop = (): void => {
    stopTimer?.();
    signal?.removeEventListener("abort", abort);
  };
  signal?.addEventListener("abort", abort, { once: true });
  return stop;
}

function canceled(signal: AbortSignal | undefined): TtrpcError {
  return new TtrpcError("canceled", "the call was given up", { cause: signal?.reason });
}

/**
 * Settles as `work` does, or rejects with the signal's reason when it fires
 * first. Leaves no listener behind, so it may be used for each item of a long
 * stream.
 */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
