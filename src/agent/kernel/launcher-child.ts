import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";
import type { PreservedFd } from "../../protocol/preserved-fds.js";

/** A launcher that has no plan yet. */
export interface LauncherChild {
  /** Its process id, by which init knows the outputs of its process. */
  readonly pid: number;
  /** Takes the plan and commands, gives reports. */
  readonly control: Duplex;
  /** Becomes the standard input of the process, or what is typed at its terminal; null for mere operations. */
  readonly input: Writable | null;
  /** What the terminal shows; null without one. */
  readonly output: Readable | null;
  /** What its notifier says to the host and hears of it; null where nobody is notified. */
  readonly notifications: Duplex | null;
  /** One for each descriptor from 3 up that its process has. */
  readonly preservedFds: readonly Duplex[];
  /** Settles when the launcher has ended; rejects where it could not be started. */
  readonly ended: Promise<void>;
}

/** What a launcher is to carry out: a process without or with a terminal, or operations only. */
export type LauncherKind = "pipes" | "terminal" | "operations";

/**
 * Starts a launcher.
 *
 * @param notifies whether its process gets a seccomp filter with a listener
 * @param preservedFds descriptors of its process from 3 up
 */
export type SpawnLauncher = (
  kind: LauncherKind,
  notifies?: boolean,
  preservedFds?: readonly PreservedFd[],
) => LauncherChild;

/** Where the guest image has the launcher. */
const LAUNCHER_PATH = "/usr/libexec/tskata/launcher";
/** Where init takes outputs over from launchers, which inherit it. */
const OUTPUTS_FD = 4;
/** Where the launcher's notifier has its stream. */
const NOTIFY_FD = 5;
/** Where the launcher has the first stream of a preserved descriptor. */
const PRESERVED_FD = 6;

const STDIO: Readonly<Record<LauncherKind, Exclude<StdioOptions, string>>> = {
  pipes: ["pipe", "inherit", "inherit", "pipe", OUTPUTS_FD],
  terminal: ["pipe", "pipe", "inherit", "pipe", OUTPUTS_FD],
  operations: ["inherit", "inherit", "inherit", "pipe"],
};

/** Starts the guest's launcher. */
export const spawnLauncher: SpawnLauncher = (kind, notifies = false, preservedFds = []) => {
  const notifier = notifies ? "pipe" : "ignore";
  const further = preservedFds.length === 0 && !notifies ? [] : [notifier, ...preservedFds.map(() => "pipe" as const)];
  return startLauncherProgram(LAUNCHER_PATH, [...STDIO[kind], ...further] as StdioOptions, preservedFds);
};

/** Starts a launcher program as a child process, with an empty environment. */
export function startLauncherProgram(
  path: string,
  stdio: StdioOptions,
  preservedFds: readonly PreservedFd[] = [],
): LauncherChild {
  const child = spawn(path, [preservedFds.join("")], { stdio, env: {} });
  const ended = once(child, "exit").then(() => undefined);
  const { stdin, stdout } = child;
  // Where it could not be started it has none, which `ended` tells.
  return {
    pid: child.pid ?? 0,
    control: child.stdio[3] as Duplex,
    input: stdin,
    output: stdout,
    notifications: ((child.stdio as readonly unknown[])[NOTIFY_FD] ?? null) as Duplex | null,
    preservedFds: (child.stdio as readonly unknown[]).slice(PRESERVED_FD) as Duplex[],
    ended,
  };
}
