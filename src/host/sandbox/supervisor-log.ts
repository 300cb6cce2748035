import { messageOf } from "../../common/error.js";

/** Writes a line to the supervisor's log: its standard error is the run directory's supervisor.log. */
export function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

/** What an error says, as a line of the log. */
export function logError(error: unknown): void {
  log(messageOf(error));
}
