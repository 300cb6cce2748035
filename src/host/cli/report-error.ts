import { CommanderError } from "commander";
import { messageOf } from "../../common/error.js";
import type { Log } from "../../common/log.js";
import { printable } from "./printable.js";

/** Exit status of a command that failed by itself. */
export const FAILURE_STATUS = 1;

/**
 * Tells why a command was not carried out: one line to people on standard
 * error, and the same text in the log file, which engines show.
 *
 * @param writeError gets the line with its end
 * @param fileLog the log where it is a file, undefined where it is standard error too
 */
export function reportError(error: unknown, writeError: (text: string) => void, fileLog: Log | undefined): void {
  const message = errorText(error);
  try {
    fileLog?.error(message);
  } catch (logError) {
    writeError(errorLine(`the log can't be written: ${messageOf(logError)}`));
  }
  writeError(errorLine(message));
}

/** Scripts look for the word "error" in what runc and crun write, and find it here too. */
function errorLine(text: string): string {
  return `tskata: error: ${text}\n`;
}

/** The error as one line that can't command a terminal; faults in the command line without commander's prefix. */
function errorText(error: unknown): string {
  const message = messageOf(error);
  const text = error instanceof CommanderError ? message.replace(/^error: /, "") : message;
  return printable(text.trim().replaceAll(/\s*\n\s*/g, " "));
}
