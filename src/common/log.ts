import { appendFileSync } from "node:fs";
import { errnoName, messageOf, TskataError } from "./error.js";

/** From the least to the most important. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** How important a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `json`: one object a line; `text`: `key=value` pairs. Both as runc writes them, for the engines that read them. */
export type LogFormat = "text" | "json";

/** A log of which lines less important than a minimum don't come through. */
export function withMinimum(minimum: LogLevel, log: LogSink): LogSink {
  const passes = (level: LogLevel): boolean => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(minimum);
  return {
    debug: (message) => passes("debug") && log.debug(message),
    warning: (message) => passes("warning") && log.warning(message),
  };
}

/** What operations tell beside their result. */
export interface LogSink {
  /** What helps to find a fault. */
  debug(message: string): void;
  /** What stopped nothing, but should be known. */
  warning(message: string): void;
}

/** How a log is written. */
export interface LogOptions {
  readonly format: LogFormat;
  /** Less important lines are dropped. */
  readonly minimum: LogLevel;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  /** The clock; the system's where absent. */
  readonly now?: () => Date;
}

/** A log for entry points: what a person or an engine reads later. */
export class Log {
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** What helps to find a fault. */
  debug(message: string): void {
    this.#write("debug", message);
  }

  /** What happened in the ordinary course. */
  info(message: string): void {
    this.#write("info", message);
  }

  /** What stopped nothing, but should be known. */
  warning(message: string): void {
    this.#write("warning", message);
  }

  /** Why something was not done. */
  error(message: string): void {
    this.#write("error", message);
  }

  #write(level: LogLevel, message: string): void {
    const { format, minimum, write, now = () => new Date() } = this.#options;
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minimum)) return;
    write(formatLogLine(format, level, message, now()));
  }
}

/** One line, with the time in RFC 3339 and UTC. */
export function formatLogLine(format: LogFormat, level: LogLevel, message: string, time: Date): string {
  const stamp = time.toISOString();
  return format === "json"
    ? JSON.stringify({ level, msg: message, time: stamp })
    : `time=${quote(stamp)} level=${level} msg=${quote(message)}`;
}

/**
 * A writer that appends each line to a file, which is made where it is missing.
 *
 * @throws TskataError `not-found` or `permission` where it can't be written
 */
export function appendToFile(path: string): (line: string) => void {
  const append = (text: string): void => appendFileSync(path, text, { mode: 0o644 });
  try {
    append("");
  } catch (cause) {
    const errno = errnoName(cause);
    const code = errno === "ENOENT" ? "not-found" : "permission";
    throw new TskataError(code, `log file ${path}: can't be written: ${errno ?? messageOf(cause)}`, { cause });
  }
  return (line) => append(`${line}\n`);
}

/** The value as it stands where it is a plain word, in double quotes otherwise. */
function quote(value: string): string {
  return /^[A-Za-z0-9\-._/@^+]+$/.test(value) ? value : JSON.stringify(value);
}
