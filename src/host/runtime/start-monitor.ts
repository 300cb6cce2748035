import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { errnoName, TskataError } from "../../common/error.js";
import { FIRST_PRESERVED_FD } from "../../protocol/preserved-fds.js";
import type { RunDirectory } from "../state/run-directory.js";
import type { MonitorNamespaces } from "./monitor-namespaces.js";
import { type MonitorView, viewArguments } from "./monitor-view.js";

const DISMISS_TIMEOUT_MS = 2000;
const ANSWER_GRACE_MS = 2000;

/** How a monitor gets its standard streams. */
export type MonitorStdio =
  /** The caller's descriptors 0, 1 and 2. */
  | { readonly kind: "pipes" }
  /** The caller's terminal, set raw while the process runs. */
  | { readonly kind: "inherit-terminal" }
  /** A new terminal, whose master goes to whoever listens on the socket. */
  | { readonly kind: "console"; readonly socketPath: string }
  /** It has none: somebody else carries them. */
  | { readonly kind: "none" }
  | Attendance;

/** This process carries the streams of the one in the guest itself. */
export interface Attendance {
  readonly kind: "attendance";
  readonly terminal: boolean;
  /** Does what a monitor does, with one or without. */
  readonly attend: (options: MonitorOptions) => Promise<Monitor>;
}

/** What is to be known to start one. */
export interface MonitorOptions {
  /** Path of our program. */
  readonly program: string;
  /** The beginning of a command line that has it begin elsewhere; none where absent. */
  readonly enter?: readonly string[];
  readonly directory: RunDirectory;
  /** What its connections carry. */
  readonly token: string;
  readonly stdio: MonitorStdio;
  /** The command stays and forwards its own signals. */
  readonly foreground: boolean;
  /** Unix socket that gets a descriptor of the monitor (pidfd_open(2)). */
  readonly pidfdSocket?: string;
  /** Those of the caller's descriptors from 3 up that the process gets, a letter each; this command closes them. */
  readonly preservedFds?: string;
  /** The caller's where absent. */
  readonly namespaces?: MonitorNamespaces;
  /** It tells the supervisor of changes of its network namespace. */
  readonly watchNetwork?: boolean;
  /** Where it has a mount namespace: what is seen there once the process exists. */
  readonly view?: MonitorView;
}

/** A started monitor: its pid goes into `--pid-file`. */
export interface Monitor {
  readonly pid: number;
  /** Namespaces that the host refused it, for people; empty where it has all. */
  readonly refused: string;
  /** Settles with its exit status, the process' own; after `detach()` with nothing of use. */
  readonly exited: Promise<number>;
  /**
   * Waits for work that needs the monitor; fails as soon as the monitor ends
   * before, which has then said why on standard error.
   */
  during<T>(work: Promise<T>): Promise<T>;
  /** Sends it a signal, which it forwards. */
  signal(name: NodeJS.Signals): void;
  /** Lets this command end before the monitor does, which is then the caller's subreaper's. */
  detach(): Promise<void>;
  /** Waits for its end after its process could not be made; kills one that stays. */
  dismiss(): Promise<void>;
}

/**
 * Starts the monitor of one process as a child of the calling command, so that
 * the caller's subreaper inherits it; in a pid namespace as the child of a
 * keeper, which `detach()` ends.
 *
 * @throws TskataError `unavailable` where it ends at once, having said why on standard error
 */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  if (options.stdio.kind === "attendance") return options.stdio.attend(options);
  const { foreground, namespaces, preservedFds = "" } = options;
  const preserved = Array.from(preservedFds, (_, index) => FIRST_PRESERVED_FD + index);
  // A monitor with namespaces of its own says there who it is.
  const reportFd = FIRST_PRESERVED_FD + preserved.length;
  const report = namespaces === undefined ? [] : (["pipe"] as const);
  // In the foreground the monitor must stay in the terminal's process group to read from it.
  const [command = "", ...args] = [...(options.enter ?? []), options.program, ...monitorArguments(options)];
  const child = spawn(command, args, {
    stdio: ["inherit", "inherit", "inherit", ...preserved, ...report],
    cwd: "/",
    detached: !foreground,
  });
  if (child.pid === undefined) {
    const [cause] = (await once(child, "error")) as [Error];
    throw new TskataError("internal", `start the monitor ${options.program}: ${cause.message}`, { cause });
  }
  // The end of a pipe must not depend on a command that stays.
  for (const fd of preserved) closeSync(fd);
  const exited = exitStatus(child);
  const channel = (child.stdio as readonly unknown[])[reportFd] as Socket | undefined;
  const { pid, refused } = channel === undefined ? { pid: child.pid, refused: "" } : await readReport(channel, exited);
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) signalProcess(pid, name);
  };
  return {
    pid,
    refused,
    exited,
    during: (work) => whileAlive(work, exited),
    signal,
    detach: async () => {
      channel?.destroy();
      if (pid === child.pid) child.unref();
      else await exited;
    },
    dismiss: async () => {
      // It leaves by itself when the supervisor turns it away, and only so gives a terminal back as it was.
      const timer = setTimeout(() => signal("SIGKILL"), DISMISS_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function monitorArguments(options: MonitorOptions): string[] {
  const {
    directory,
    token,
    stdio,
    foreground,
    pidfdSocket,
    preservedFds = "",
    namespaces,
    view,
    watchNetwork,
  } = options;
  return [
    ["--socket", directory.stdioSocket, "--process", token, "--stdio", stdio.kind],
    stdio.kind === "console" ? ["--console-socket", stdio.socketPath] : [],
    stdio.kind === "none" ? [] : [foreground ? "--foreground" : "--detached"],
    watchNetwork === true ? ["--watch-network"] : [],
    pidfdSocket === undefined ? [] : ["--pidfd-socket", resolve(pidfdSocket)],
    preservedFds === "" ? [] : ["--preserved-fds", preservedFds],
    namespaces === undefined ? [] : ["--namespaces", namespaces.newTypes.join(",")],
    namespaces?.mountPath === undefined ? [] : ["--mount-namespace", namespaces.mountPath],
    namespaces?.networkPath === undefined ? [] : ["--network-namespace", namespaces.networkPath],
    view === undefined ? [] : viewArguments(view),
  ].flat();
}

/** Its line on the report channel: "PID[ TYPE: REASON]..." (src/host/monitor/namespaces.h). */
async function readReport(channel: Socket, exited: Promise<number>): Promise<{ pid: number; refused: string }> {
  let text = "";
  for await (const chunk of channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const line = /^(\d+) ?(.*)\n$/.exec(text);
    if (line === null) continue;
    channel.unref();
    return { pid: Number(line[1]), refused: line[2] ?? "" };
  }
  throw endedEarly(await exited);
}

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errnoName(error) !== "ESRCH") throw error; // it ended a moment ago
  }
}

async function whileAlive<T>(work: Promise<T>, exited: Promise<number>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const died = exited.then(
    (status) =>
      new Promise<never>((_resolve, reject) => {
        // A short process may have come and gone before the answer was read.
        timer = setTimeout(() => reject(endedEarly(status)), ANSWER_GRACE_MS);
      }),
  );
  try {
    return await Promise.race([work, died]);
  } finally {
    clearTimeout(timer);
  }
}

function endedEarly(status: number): TskataError {
  return new TskataError("unavailable", `the monitor ended with status ${status} before its process was made`);
}

async function exitStatus(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "exit")) as [number | null];
  // Killed: somebody took SIGKILL to it, which ends the process in the guest too.
  return code ?? 128 + 9;
}
