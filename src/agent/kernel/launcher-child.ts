import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";

/** A launcher that has no plan yet. */
export interface LauncherChild {
  /** Takes the plan and commands, gives reports. */
  readonly control: Duplex;
  /** The standard streams of the process to come. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the launcher has ended; rejects where it could not be started. */
  readonly ended: Promise<void>;
}

/** Starts a launcher. */
export type SpawnLauncher = () => LauncherChild;

/** Where the guest image has the launcher. */
const LAUNCHER_PATH = "/usr/libexec/tskata/launcher";

/** Starts the launcher program as a child process, with an empty environment; default /usr/libexec/tskata/launcher. */
export function spawnLauncher(path: string = LAUNCHER_PATH): LauncherChild {
  const child = spawn(path, [], { stdio: ["pipe", "pipe", "pipe", "pipe"], env: {} });
  const ended = once(child, "exit").then(() => undefined);
  const { stdin, stdout, stderr } = child;
  return { control: child.stdio[3] as Duplex, stdin, stdout, stderr, ended };
}
