import { TskataError } from "../common/error.js";

/** Number of the first descriptor behind the standard streams. */
export const FIRST_PRESERVED_FD = 3;

/** Most further descriptors of one process. */
export const MAX_PRESERVED_FDS = 64;

/** What a process does with a descriptor: reads from it, writes to it, or both. */
export type PreservedFd = "r" | "w" | "b";

/**
 * The further descriptors of a process, those from FIRST_PRESERVED_FD up, as
 * requests have them: a text with a letter for each, empty for none.
 *
 * @throws TskataError `invalid-argument` for another letter, or more than MAX_PRESERVED_FDS
 */
export function parsePreservedFds(text: string): PreservedFd[] {
  if (text.length > MAX_PRESERVED_FDS || !/^[rwb]*$/.test(text)) {
    throw new TskataError(
      "invalid-argument",
      `preserved descriptors ${JSON.stringify(text.slice(0, 80))}: expected up to ${MAX_PRESERVED_FDS} of r, w and b`,
    );
  }
  return [...text] as PreservedFd[];
}

/** Name of the stream that carries a descriptor: `fd3` is that of descriptor 3. */
export type PreservedFdStream = `fd${number}`;

/** The descriptor's number of such a name; undefined for every other text. */
export function preservedFdNumber(name: string): number | undefined {
  const digits = /^fd([1-9]?\d)$/.exec(name)?.[1];
  const fd = Number(digits ?? -1);
  return fd >= FIRST_PRESERVED_FD && fd < FIRST_PRESERVED_FD + MAX_PRESERVED_FDS ? fd : undefined;
}
