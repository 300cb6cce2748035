/**
 * Asks the agent for a sign of life at an interval.
 *
 * @param intervalMs milliseconds between an answer and the next question
 * @param ask rejects where no answer came in time
 * @param onSilence called once, with what `ask` rejected with
 * @returns stops asking
 */
export function watchAgent(
  intervalMs: number,
  ask: () => Promise<unknown>,
  onSilence: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const schedule = (): void => {
    timer = setTimeout(() => {
      ask().then(
        () => {
          if (!stopped) schedule();
        },
        (error: unknown) => {
          if (!stopped) onSilence(error);
        },
      );
    }, intervalMs);
    timer.unref();
  };
  schedule();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
