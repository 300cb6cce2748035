import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, type FSWatcher, watch } from "node:fs";
import { chown, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { withDeadline } from "../../common/deadline.js";

const START_TIMEOUT_MS = 10_000;
const STDERR_LIMIT_BYTES = 8 * 1024;
/** QEMU's own server tells a lot on its way; what matters comes last. */
const STDERR_LINES = 3;

/** Where Debian puts the file server: the Rust one (13), then QEMU's own in C (12). */
export const VIRTIOFSD_PATHS = ["/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd"] as const;

/** The first of `candidates` that can be run, or undefined. */
export function findVirtiofsd(candidates: readonly string[] = VIRTIOFSD_PATHS): string | undefined {
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What a file server needs to know. */
export interface VirtiofsdOptions {
  readonly binary: string;
  /** The directory that the guest sees; mounts made below it later are seen too. */
  readonly sharedDirectory: string;
  /** Where it listens; the folder exists. */
  readonly socketPath: string;
  /** The VMM's user, who may connect. */
  readonly socketOwner?: { readonly uid: number; readonly gid: number };
}

/** How a file server ended. */
export interface VirtiofsdExit {
  /** By itself and with status 0, as it does when the VMM hangs up. */
  readonly inOrder: boolean;
  /** For people, with the end of its standard error. */
  readonly description: string;
}

/** A running file server. */
export interface Virtiofsd {
  readonly pid: number;
  /** Settles when it has ended; never rejects. */
  readonly exited: Promise<VirtiofsdExit>;
  /** Ends it and waits. */
  stop(): Promise<void>;
}

/**
 * Starts virtiofsd and waits until its socket listens. It dies with this
 * process (PR_SET_PDEATHSIG) and ends by itself when the VMM hangs up.
 *
 * @throws TskataError `unavailable` with its standard error where it won't start
 */
export async function startVirtiofsd(options: VirtiofsdOptions, signal?: AbortSignal): Promise<Virtiofsd> {
  const watcher = watch(dirname(options.socketPath));
  const child = spawn("setpriv", ["--pdeathsig", "KILL", options.binary, ...virtiofsdArguments(options)], {
    stdio: ["ignore", "ignore", "pipe"],
    cwd: "/",
  });
  const stderr = collectStderr(child);
  const exited = (once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, by]: [number | null, NodeJS.Signals | null]) => ({
      inOrder: code === 0,
      description: `virtiofsd ended with ${by ?? `status ${code}`}: ${stderr()}`,
    }),
    (error: unknown) => ({ inOrder: false, description: `virtiofsd could not be started: ${messageOf(error)}` }),
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  try {
    await withDeadline(
      "start virtiofsd",
      START_TIMEOUT_MS,
      (deadline) => listening(options, watcher, exited, deadline),
      signal,
    );
    if (options.socketOwner) await chown(options.socketPath, options.socketOwner.uid, options.socketOwner.gid);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    watcher.close();
  }
  if (child.pid === undefined) throw new TskataError("internal", "virtiofsd has no process id");
  return { pid: child.pid, exited, stop };
}

/** The command line for the C or the Rust server; exported for its test. */
export function virtiofsdArguments(options: VirtiofsdOptions): string[] {
  // QEMU's own server takes -o options, the Rust one flags of the same meaning.
  if (dirname(options.binary) === "/usr/lib/qemu") {
    return [
      "-f",
      `--socket-path=${options.socketPath}`,
      "--rlimit-nofile=0",
      ...["-o", `source=${options.sharedDirectory}`],
      ...["-o", "sandbox=namespace,announce_submounts,xattr,cache=auto,no_posix_lock,no_flock"],
    ];
  }
  return [
    `--socket-path=${options.socketPath}`,
    `--shared-dir=${options.sharedDirectory}`,
    "--sandbox=namespace",
    "--announce-submounts",
    "--xattr",
    "--cache=auto",
    "--rlimit-nofile=0",
  ];
}

async function listening(
  options: VirtiofsdOptions,
  watcher: FSWatcher,
  exited: Promise<VirtiofsdExit>,
  signal: AbortSignal,
): Promise<void> {
  const name = basename(options.socketPath);
  const appeared = new Promise<void>((resolve, reject) => {
    watcher.on("change", (_event, file) => {
      if (file === name) resolve();
    });
    watcher.on("error", reject);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  const died = exited.then(({ description }) => {
    throw new TskataError("unavailable", `share files with the guest: ${description}`);
  });
  // both are handled by the race, or of no interest once it listens
  for (const promise of [appeared, died]) promise.catch(() => undefined);
  if (!(await exists(options.socketPath))) await Promise.race([appeared, died]);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errnoName(error) === "ENOENT") return false;
    throw error;
  }
}

function collectStderr(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-STDERR_LIMIT_BYTES);
  });
  return () => text.trim().split("\n").slice(-STDERR_LINES).join("; ");
}
