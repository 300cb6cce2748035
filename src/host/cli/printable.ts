/**
 * The text with a `?` for every control character: what comes from a guest may
 * hold sequences that would command the terminal that shows it.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}
