import type { Hook } from "./hook.js";

/** What timers can wait, Node's and poll(2)'s, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long a hook may run, in milliseconds; undefined for as long as it likes. */
export function hookTimeoutMs({ timeout }: Hook): number | undefined {
  return timeout === undefined ? undefined : Math.min(Number(timeout) * 1000, LONGEST_MS);
}
