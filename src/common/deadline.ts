import { TskataError } from "./error.js";

/** Waits for what doesn't know of a signal; throws the signal's reason when that fires first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let give: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
  try {
    // Whoever has given up doesn't hear of the work's own failure any more.
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", give);
  }
}

/**
 * Runs `work` with an AbortSignal that fires after `timeoutMs`, and fails with
 * a `deadline` error then, even where `work` ignores the signal. The timer is
 * always cleared.
 *
 * @param what what is being waited for, for the error's text
 * @param timeoutMs milliseconds
 * @param work gets the signal, which also follows `parent`
 * @param parent an outer signal; its reason is thrown when it fires first
 */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  parent?.throwIfAborted();
  const controller = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error), { once: true });
  });
  const follow = (): void => controller.abort(parent?.reason);
  parent?.addEventListener("abort", follow, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new TskataError("deadline", `${what}: no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener("abort", follow);
  }
}
