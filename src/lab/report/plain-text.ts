import { stripVTControlCharacters } from "node:util";

const TABS = /\t/g;
const CONTROLS = /[^\P{Cc}\n]|\p{Cs}/gu;

/**
 * Text that may come from anywhere, for a terminal: without escape sequences
 * (colours, titles, cursor movements), with four spaces for a tab and U+FFFD
 * for any other control character but line feeds.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll("\r\n", "\n")
    .replaceAll(TABS, "    ")
    .replaceAll(CONTROLS, "\ufffd");
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll(/\s+/g, " ").trim();
}
