import { spawn, type ChildProcess } from "node:child_process";
import { delimiter } from "node:path";
import type { Readable } from "node:stream";
import { findProgram as findOnPath } from "../common/find-program.js";
import { spawnFailed } from "../common/host-errors.js";
import type { ProcessExit } from "../common/process-exit.js";
import { programMissing } from "./errors.js";

/** Where root's programs are, which not every caller's PATH has. */
const ROOTS_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];
const STDERR_TAIL_BYTES = 8 * 1024;

/** How a program is started. */
export interface ProgramStart {
  /** Beside PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** It outlives this process, and signals of its terminal don't reach it. Default false. */
  readonly isDetached?: boolean;
  /** Default `ignore`. */
  readonly stdin?: "ignore" | "pipe";
}

/** A program that runs. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: Readable;
  /** Settles once it is reaped; never rejects. */
  readonly exited: Promise<ProcessExit>;
}

/** What programs are looked for in. */
export function searchPath(path = process.env["PATH"] ?? ""): string {
  return [...new Set([...path.split(delimiter).filter((folder) => folder !== ""), ...ROOTS_FOLDERS])].join(delimiter);
}

/**
 * The absolute path of a program of Xen's.
 *
 * @param name a path, or a name to look for
 * @throws TskataError `not-found`
 */
export function findProgram(name: string): Promise<string> {
  return findOnPath(name, programMissing, searchPath());
}

/**
 * Starts a program, which dies with this process unless it is detached.
 *
 * @param command program and arguments
 * @throws TskataError `not-found`, `permission` or `resource` where the system refuses
 */
export async function startProgram(command: readonly string[], start: ProgramStart = {}): Promise<RunningProgram> {
  const { environment = {}, isDetached = false, stdin = "ignore" } = start;
  const [program = "", ...args] = isDetached ? command : ["setpriv", "--pdeathsig", "KILL", ...command];
  const child = spawn(program, args, {
    stdio: [stdin, "pipe", "pipe"],
    env: { PATH: searchPath(), LC_ALL: "C", ...environment },
    cwd: "/",
    detached: isDetached,
  });
  const exited = exitOf(child);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(spawnFailed(program, cause)));
  });
  return { child, pid: child.pid ?? 0, stdout: child.stdout as Readable, exited };
}

async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const stderr = tailOf(child.stderr as Readable);
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once("exit", (code, name) => resolve([code, name]));
    child.once("error", () => resolve([null, null]));
  });
  return { exitCode, signal, stderr: await stderr };
}

async function tailOf(stream: Readable): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of stream) tail = Buffer.concat([tail, chunk as Buffer]).subarray(-STDERR_TAIL_BYTES);
  return tail.toString();
}
