import type { Monitor } from "./start-monitor.js";

/** What a foreground command passes on; SIGKILL and SIGSTOP can't be caught, SIGCHLD is its own. */
const FORWARDED = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGTERM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGWINCH",
] as const satisfies readonly NodeJS.Signals[];

/**
 * Passes this command's signals on to the process behind the monitor.
 *
 * @returns stops that
 */
export function forwardSignals(monitor: Monitor): () => void {
  const forward = (signal: NodeJS.Signals): void => monitor.signal(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}
