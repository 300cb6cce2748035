import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readFileSync } from "node:fs";
import { chown } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { errnoName, messageOf, TskataError } from "../../common/error.js";
import { lastLines } from "../../common/last-lines.js";
import { withDeadline } from "../../common/deadline.js";

const START_TIMEOUT_MS = 10_000;
/** Where our library asks for room; a number of the child's. */
const NOTICES_FD = 3;
const STDERR_LIMIT_BYTES = 8 * 1024;
/** QEMU's own server tells a lot on its way; what matters comes last. */
const STDERR_LINES = 3;
/**
 * What both servers say (at the level "info") once they listen. That the
 * socket exists says less: between bind(2) and listen(2) it refuses.
 */
const LISTENS = /Waiting for vhost-user socket connection/;

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
  /** Our library that is loaded into it (src/host/virtiofsd-preload). */
  readonly preload: string;
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
  /** Its own, and those of its children: in its sandbox both servers work as a child. */
  pids(): number[];
  /** Settles when it has ended; never rejects. */
  readonly exited: Promise<VirtiofsdExit>;
  /** Takes who is told when it runs short of descriptors: it holds one for each file that the guest remembers. */
  onCrowded(listener: () => void): void;
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
  const child = spawn("setpriv", ["--pdeathsig", "KILL", options.binary, ...virtiofsdArguments(options)], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    cwd: "/",
    env: {
      ...process.env,
      RUST_LOG: "info",
      LD_PRELOAD: options.preload,
      TSKATA_ROOM_FD: String(NOTICES_FD),
    },
  });
  const notices = child.stdio[NOTICES_FD] as Readable;
  notices.on("error", () => notices.destroy());
  const stderr = collectStderr(child);
  const exited = (once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, by]: [number | null, NodeJS.Signals | null]) => ({
      inOrder: code === 0,
      description: `virtiofsd ended with ${by ?? `status ${code}`}: ${stderr.end()}`,
    }),
    (error: unknown) => ({ inOrder: false, description: `virtiofsd could not be started: ${messageOf(error)}` }),
  );
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  try {
    await withDeadline("start virtiofsd", START_TIMEOUT_MS, () => Promise.race([stderr.listens, died(exited)]), signal);
    if (options.socketOwner) await chown(options.socketPath, options.socketOwner.uid, options.socketOwner.gid);
  } catch (error) {
    await stop();
    throw error;
  }
  if (child.pid === undefined) throw new TskataError("internal", "virtiofsd has no process id");
  const { pid } = child;
  const onCrowded = (listener: () => void): void => void notices.on("data", listener);
  return { pid, pids: () => [pid, ...childrenOf(pid)], exited, onCrowded, stop };
}

/** See proc_pid_tid_children(5). */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  } catch (error) {
    // It has ended, or this kernel doesn't tell.
    if (errnoName(error) === "ENOENT" || errnoName(error) === "ESRCH") return [];
    throw error;
  }
}

/** QEMU's own server, in C; the other one is in Rust. */
export function isQemus(binary: string): boolean {
  return dirname(binary) === "/usr/lib/qemu";
}

/** The command line for the C or the Rust server; exported for its test. */
export function virtiofsdArguments(options: Omit<VirtiofsdOptions, "preload">): string[] {
  // QEMU's own server takes -o options, the Rust one flags of the same meaning.
  if (isQemus(options.binary)) {
    return [
      "-f",
      `--socket-path=${options.socketPath}`,
      "--rlimit-nofile=0",
      ...["-o", `source=${options.sharedDirectory}`],
      ...["-o", "log_level=info,sandbox=namespace,announce_submounts,xattr,cache=auto,no_posix_lock,no_flock"],
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
    "--log-level=info",
  ];
}

async function died(exited: Promise<VirtiofsdExit>): Promise<never> {
  throw new TskataError("unavailable", `share files with the guest: ${(await exited).description}`);
}

function collectStderr(child: ChildProcess): { listens: Promise<void>; end(): string } {
  let text = "";
  const listens = new Promise<void>((resolve) => {
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-STDERR_LIMIT_BYTES);
      if (LISTENS.test(text)) resolve();
    });
  });
  return { listens, end: () => lastLines(text, STDERR_LINES) };
}
