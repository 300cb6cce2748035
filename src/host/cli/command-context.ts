import type { Log } from "../../common/log.js";
import type { Runtime } from "../runtime/api.js";

/** What a command works with. */
export interface CommandContext {
  /** The operations, on the state directory and configuration that the global options name. */
  runtime(): Promise<Runtime>;
  /** Writes text to standard output. */
  print(text: string): void;
  /** Reads a file, or standard input for `-`, as UTF-8. */
  readText(path: string): Promise<string>;
  /** Where warnings go. */
  readonly log: Log;
  /** Sets the exit status of the command, 0 at first. */
  exitWith(status: number): void;
}
