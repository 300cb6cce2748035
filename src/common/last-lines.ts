/**
 * The last lines of a log, or of what a program said before it ended, as one for an error's message.
 *
 * @param count how many at most; 5 where absent
 */
export function lastLines(text: string, count = 5): string {
  return text.trim().split("\n").slice(-count).join("; ");
}
