import type { Duplex, Readable, Writable } from "node:stream";
import type { Plan } from "./plan.js";

/** Standard streams of a launched process. */
export type LauncherStdio =
  | { readonly kind: "pipes"; readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable }
  | { readonly kind: "terminal"; readonly terminal: Duplex };

/** How a launched process ended. */
export interface LauncherExit {
  /** As a shell gives it: the code, or 128 + the signal. 255 where it never came to its exec. */
  readonly status: number;
}

/** A process under a launcher of its own. */
export interface LauncherProcess {
  /** Process id in the agent's pid namespace. */
  readonly pid: number;
  readonly stdio: LauncherStdio;
  /** Answers when the child waits at the barrier `name`; a LauncherError when it fails before. */
  reached(name: string): Promise<void>;
  /** `reached("start")`: everything is set up, only the exec is left. */
  ready(): Promise<void>;
  /** Lets the child go on from a barrier other than `start`. */
  resume(): void;
  /** Lets the child go on from the barrier `start`; answers after its exec, a LauncherError when that fails. */
  start(): Promise<void>;
  /** Sends a signal to the process: pidfd_send_signal(2). Nothing where it has ended. */
  signal(signal: number): void;
  /** Sets the window size of the terminal in characters. */
  resize(columns: number, rows: number): void;
  /** Settles when the process has ended, perhaps before its output was read to the end. Never rejects. */
  readonly exited: Promise<LauncherExit>;
}

/** Options of `startLauncher`. */
export interface LauncherOptions {
  /** Path of the launcher program; default /usr/libexec/tskata/launcher. */
  readonly launcherPath?: string;
}

/** Starts a launcher with this plan; answers when the child exists, a LauncherError when it can't. */
export type StartLauncher = (plan: Plan, options?: LauncherOptions) => Promise<LauncherProcess>;
