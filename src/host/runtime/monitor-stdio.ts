import { resolve } from "node:path";
import { isatty } from "node:tty";
import { TskataError } from "../../common/error.js";
import type { Attendance, MonitorStdio } from "./start-monitor.js";

/** What decides over a process' standard streams. */
export interface StdioRequest {
  /** The process wants a terminal. */
  readonly terminal: boolean;
  /** Where the master of a new terminal is to be sent. */
  readonly consoleSocket?: string;
  /** The command stays with the process. */
  readonly foreground: boolean;
  /** Present where this process does what a monitor does. */
  readonly attendance?: Attendance;
}

/**
 * Chooses how the monitor gets its streams.
 *
 * @param what operation and id, for the errors' text
 * @throws TskataError `invalid-argument` for a console socket without a terminal, or the reverse
 */
export function chooseMonitorStdio(what: string, request: StdioRequest): MonitorStdio {
  const { terminal, consoleSocket, foreground, attendance } = request;
  if (attendance !== undefined) return attendance;
  if (!terminal) {
    if (consoleSocket === undefined) return { kind: "pipes" };
    throw new TskataError("invalid-argument", `${what}: a console socket is given, but the process has no terminal`);
  }
  if (consoleSocket !== undefined && foreground) {
    throw new TskataError(
      "invalid-argument",
      `${what}: cannot use console socket if the command does not detach: give --detach, or leave --console-socket out`,
    );
  }
  if (consoleSocket !== undefined) return { kind: "console", socketPath: resolve(consoleSocket) };
  if (foreground) return { kind: "inherit-terminal" };
  throw new TskataError(
    "invalid-argument",
    `${what}: cannot allocate tty if the command detaches without a console socket: give --console-socket`,
  );
}

/** Whether the process has a terminal. */
export function hasTerminal(stdio: MonitorStdio): boolean {
  return stdio.kind === "attendance" ? stdio.terminal : stdio.kind === "console" || stdio.kind === "inherit-terminal";
}

/**
 * Whether a terminal in the guest is to leave newlines as they are: what it
 * shows goes to a file or a pipe.
 *
 * @param isTerminal of a descriptor of this command's
 */
export function wantsPlainNewlines(stdio: MonitorStdio, isTerminal: (fd: number) => boolean = isatty): boolean {
  return stdio.kind === "inherit-terminal" && !isTerminal(1);
}
